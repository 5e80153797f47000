// Pins the olareg registry that ../go_registry.py builds; no Go code lives here.
module portcall.example/testbed/olareg

go 1.21

require github.com/olareg/olareg v0.1.2

require (
	github.com/opencontainers/go-digest v1.0.0 // indirect
	github.com/spf13/cobra v1.8.1 // indirect
	github.com/spf13/pflag v1.0.6 // indirect
)
