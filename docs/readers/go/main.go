// Reads compact IMA logs, both profiles: prints every event and the PCR values that the list leads to.
//
//	go run . list.pb
//
// It needs a protobuf wire reader and, for packed events, zstd. docs/reference/compact-ima.md describes the format.
package main

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"

	"github.com/klauspost/compress/zstd"
	"google.golang.org/protobuf/encoding/protowire"
)

// No block of the format is longer.
const maxBlock = 18 << 20

// Numbers of the kernel's enum hash_algo that a file digest usually has; a verifier's policy wants no other.
var algorithms = map[uint64]string{1: "md5", 2: "sha1", 4: "sha256", 5: "sha384", 6: "sha512"}

// Templates whose entries need no template data of their own.
var templates = map[uint64]string{1: "ima-sig", 2: "ima-ng", 3: "ima", 4: "ima-ngv2", 5: "ima-sigv2"}

type message struct {
	numbers map[protowire.Number]uint64
	bytes   map[protowire.Number][][]byte
}

func parse(raw []byte) (message, error) {
	m := message{map[protowire.Number]uint64{}, map[protowire.Number][][]byte{}}
	for len(raw) > 0 {
		number, kind, n := protowire.ConsumeTag(raw)
		if n < 0 {
			return m, protowire.ParseError(n)
		}
		raw = raw[n:]
		switch kind {
		case protowire.VarintType:
			m.numbers[number], n = protowire.ConsumeVarint(raw)
		case protowire.BytesType:
			var value []byte
			value, n = protowire.ConsumeBytes(raw)
			m.bytes[number] = append(m.bytes[number], value)
		default:
			n = protowire.ConsumeFieldValue(number, kind, raw)
		}
		if n < 0 {
			return m, protowire.ParseError(n)
		}
		raw = raw[n:]
	}
	return m, nil
}

func (m message) first(number protowire.Number) []byte {
	if values := m.bytes[number]; len(values) > 0 {
		return values[0]
	}
	return nil
}

func field(content ...[]byte) []byte {
	joined := bytes.Join(content, nil)
	return append(binary.LittleEndian.AppendUint32(nil, uint32(len(joined))), joined...)
}

// hashed returns the bytes that the template hash of an event covers.
func hashed(event message) ([]byte, error) {
	if data := event.first(9); len(data) > 0 || len(event.first(10)) > 0 {
		return data, nil
	}
	digest, name := event.first(5), event.first(6)
	template := templates[event.numbers[8]]
	if template == "ima" {
		if len(name) > 255 {
			return nil, fmt.Errorf("a name of %d bytes in template ima", len(name))
		}
		return bytes.Join([][]byte{digest, name, make([]byte, 256-len(name))}, nil), nil
	}
	var prefix []byte
	if number, said := event.numbers[4]; said {
		if algorithms[number] == "" {
			return nil, fmt.Errorf("hash algorithm %d", number)
		}
		prefix = []byte(algorithms[number] + ":\x00")
		if template == "ima-ngv2" || template == "ima-sigv2" {
			prefix = append([]byte("ima:"), prefix...)
		}
	}
	data := append(field(prefix, digest), field(name, []byte{0})...)
	switch template {
	case "ima-ng", "ima-ngv2":
		return data, nil
	case "ima-sig", "ima-sigv2":
		return append(data, field(event.first(7))...), nil
	}
	return nil, fmt.Errorf("template %d without its data", event.numbers[8])
}

// events calls take with each event of the block and its number.
func events(block message, next uint64, take func(uint64, message) error) (uint64, error) {
	listed := block.bytes[4]
	if packed := block.first(18); len(packed) > 0 {
		unpack, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxBlock))
		if err != nil {
			return 0, err
		}
		defer unpack.Close()
		plain, err := unpack.DecodeAll(packed, nil)
		if err != nil {
			return 0, err
		}
		inner, err := parse(plain)
		if err != nil {
			return 0, err
		}
		listed = inner.bytes[4]
	}
	if first, said := block.numbers[2]; said {
		next = first
	}
	for _, raw := range listed {
		event, err := parse(raw)
		if err != nil {
			return 0, err
		}
		if number, said := event.numbers[1]; said {
			next = number
		}
		if err := take(next, event); err != nil {
			return 0, fmt.Errorf("event %d: %w", next, err)
		}
		next++
	}
	return next, nil
}

type replay map[uint64][32]byte

// extend adds an event to the SHA-256 bank: the hash of its template data, all ones for a violation.
func (pcrs replay) extend(event message, data []byte) uint64 {
	index := uint64(10)
	if said, ok := event.numbers[2]; ok {
		index = said
	}
	digest := sha256.Sum256(data)
	recorded := event.first(3)
	if len(recorded) > 0 && bytes.Count(recorded, []byte{0}) == len(recorded) {
		copy(digest[:], bytes.Repeat([]byte{0xff}, len(digest)))
	}
	value := pcrs[index]
	pcrs[index] = sha256.Sum256(append(value[:], digest[:]...))
	return index
}

func read(file io.Reader, out io.Writer) error {
	pcrs, next := replay{}, uint64(0)
	for {
		head := make([]byte, 4)
		if _, err := io.ReadFull(file, head); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
		length := binary.LittleEndian.Uint32(head)
		if length > maxBlock {
			return fmt.Errorf("a block of %d bytes", length)
		}
		raw := make([]byte, length)
		if _, err := io.ReadFull(file, raw); err != nil {
			return err
		}
		block, err := parse(raw)
		if err != nil {
			return err
		}
		if _, said := block.numbers[16]; said || block.numbers[17] != 0 {
			return errors.New("this reader is for lists with SHA-1 template hashes in little-endian order")
		}
		next, err = events(block, next, func(number uint64, event message) error {
			data, err := hashed(event)
			if err != nil {
				return err
			}
			index := pcrs.extend(event, data)
			recorded := event.first(3)
			if len(recorded) == 0 {
				hash := sha1.Sum(data)
				recorded = hash[:]
			}
			_, err = fmt.Fprintf(out, "%d %d %x %x %q\n", number, index, recorded, event.first(5), event.first(6))
			return err
		})
		if err != nil {
			return err
		}
	}
	return print(pcrs, out)
}

func print(pcrs replay, out io.Writer) error {
	var indices []uint64
	for index := range pcrs {
		indices = append(indices, index)
	}
	sort.Slice(indices, func(i, j int) bool { return indices[i] < indices[j] })
	for _, index := range indices {
		if _, err := fmt.Fprintf(out, "sha256:%d:%x\n", index, pcrs[index]); err != nil {
			return err
		}
	}
	return nil
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: readlist FILE")
		os.Exit(2)
	}
	file, err := os.Open(os.Args[1])
	if err == nil {
		out := bufio.NewWriter(os.Stdout)
		err = read(bufio.NewReader(file), out)
		if flushed := out.Flush(); err == nil {
			err = flushed
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
