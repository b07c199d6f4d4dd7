module example.org/readlist

go 1.19

require (
	github.com/klauspost/compress v1.17.0
	google.golang.org/protobuf v1.33.0
)
