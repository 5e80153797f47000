// Pins kube-score, which ../go_tool.py builds; no Go code lives here.
module portcall.example/testbed/kubescore

go 1.24

require github.com/zegl/kube-score v1.20.0
