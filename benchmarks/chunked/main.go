// Command chunked packs a tar archive as a layer with a table of contents, with the formats' own libraries.
//
//	go run . [-chunk bytes] [-min-chunk bytes] estargz|zstd:chunked|zstd:chunked-stargz layer.tar layer.blob
//
// It prints the annotations that the layer's descriptor needs, as JSON.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/containerd/stargz-snapshotter/estargz"
	"github.com/containerd/stargz-snapshotter/estargz/zstdchunked"
	"github.com/klauspost/compress/zstd"
	"go.podman.io/storage/pkg/chunked/compressor"
)

var (
	chunkSize    = flag.Int("chunk", 4<<20, "most bytes of a file in one chunk (estargz)")
	minChunkSize = flag.Int("min-chunk", 0, "fewest stored bytes in one gzip member (estargz)")
)

func main() {
	flag.Parse()
	if flag.NArg() != 3 {
		log.Fatal("want: estargz|zstd:chunked|zstd:chunked-stargz layer.tar layer.blob")
	}
	source, err := os.Open(flag.Arg(1))
	check(err)
	target, err := os.Create(flag.Arg(2))
	check(err)
	annotations := map[string]string{}
	switch flag.Arg(0) {
	case "estargz":
		stargz(source, target, annotations)
	case "zstd:chunked-stargz":
		stargz(source, target, annotations, estargz.WithCompression(zstdOf(annotations)))
	case "zstd:chunked":
		podman(source, target, annotations)
	default:
		log.Fatal("no such format: ", flag.Arg(0))
	}
	check(target.Close())
	told, err := json.MarshalIndent(annotations, "", "  ")
	check(err)
	fmt.Println(string(told))
}

func stargz(source *os.File, target io.Writer, annotations map[string]string, options ...estargz.Option) {
	about, err := source.Stat()
	check(err)
	options = append(options, estargz.WithChunkSize(*chunkSize), estargz.WithMinChunkSize(*minChunkSize))
	blob, err := estargz.Build(io.NewSectionReader(source, 0, about.Size()), options...)
	check(err)
	_, err = io.Copy(target, blob)
	check(err)
	check(blob.Close())
	annotations[estargz.TOCJSONDigestAnnotation] = blob.TOCDigest().String()
}

type zstdFormat struct {
	*zstdchunked.Decompressor
	*zstdchunked.Compressor
}

func zstdOf(annotations map[string]string) estargz.Compression {
	return &zstdFormat{
		&zstdchunked.Decompressor{},
		&zstdchunked.Compressor{CompressionLevel: zstd.SpeedDefault, Metadata: annotations},
	}
}

func podman(source io.Reader, target io.Writer, annotations map[string]string) {
	level := 3
	writer, err := compressor.ZstdCompressor(target, annotations, &level)
	check(err)
	_, err = io.Copy(writer, source)
	check(err)
	check(writer.Close())
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
