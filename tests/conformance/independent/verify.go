// Checks a log with the packages of Go's checksum database, which know nothing of ours: the signature
// of the checkpoint, every tile that is read against the signed root, entries against their leaves.
//   verify FOLDER VKEY [SAMPLES]     all entries, or so many spread over the log
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func fail(format string, args ...interface{}) {
	fmt.Printf("REFUSED "+format+"\n", args...)
	os.Exit(1)
}

// number writes N as tlog-tiles does: x001/x234/067.
func number(n int64) string {
	text := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		text = fmt.Sprintf("x%03d/%s", n%1000, text)
	}
	return text
}

// read finds a tile of that width, or the full one that it has grown into since.
func read(folder, kind string, n int64, width int) ([]byte, error) {
	path := filepath.Join(folder, "tile", kind, number(n))
	if width < 1<<height {
		if data, err := os.ReadFile(path + ".p/" + strconv.Itoa(width)); err == nil {
			return data, nil
		}
	}
	return os.ReadFile(path)
}

type reader struct{ folder string }

func (r reader) Height() int                     { return height }
func (r reader) SaveTiles([]tlog.Tile, [][]byte) {}
func (r reader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := read(r.folder, strconv.Itoa(tile.L), tile.N, tile.W)
		if err != nil {
			return nil, err
		}
		if len(data) < tile.W*tlog.HashSize {
			return nil, fmt.Errorf("tile %d/%d is too short", tile.L, tile.N)
		}
		all = append(all, data[:tile.W*tlog.HashSize])
	}
	return all, nil
}

func checkpoint(folder, vkey string) tlog.Tree {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		fail("key: %v", err)
	}
	text, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		fail("checkpoint: %v", err)
	}
	opened, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		fail("checkpoint: %v", err)
	}
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || lines[0] != verifier.Name() {
		fail("checkpoint: not of this log")
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		fail("root: %v", err)
	}
	return tlog.Tree{N: size, Hash: root}
}

func entry(folder string, tree tlog.Tree, index int64) []byte {
	bundle := index >> height
	width := 1 << height
	if tree.N>>height == bundle {
		width = int(tree.N & (1<<height - 1))
	}
	data, err := read(folder, "entries", bundle, width)
	if err != nil {
		fail("bundle %d: %v", bundle, err)
	}
	for skip := index & (1<<height - 1); ; skip-- {
		if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
			fail("bundle %d is too short", bundle)
		}
		length := int(binary.BigEndian.Uint16(data))
		if skip == 0 {
			return data[2 : 2+length]
		}
		data = data[2+length:]
	}
}

func main() {
	folder, vkey := os.Args[1], os.Args[2]
	tree := checkpoint(folder, vkey)
	step := int64(1)
	if len(os.Args) > 3 {
		samples, _ := strconv.ParseInt(os.Args[3], 10, 64)
		if step = tree.N / samples; step == 0 {
			step = 1
		}
	}
	hashes := tlog.TileHashReader(tree, reader{folder})
	count := 0
	for index := int64(0); index < tree.N; index += step {
		stored, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
		if err != nil {
			fail("entry %d: %v", index, err)
		}
		if tlog.RecordHash(entry(folder, tree, index)) != stored[0] {
			fail("entry %d is not its leaf", index)
		}
		proof, err := tlog.ProveRecord(tree.N, index, hashes)
		if err != nil {
			fail("entry %d: %v", index, err)
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, stored[0]); err != nil {
			fail("entry %d: %v", index, err)
		}
		count++
	}
	old := tree.N / 2
	oldRoot, err := tlog.TreeHash(old, hashes)
	if err != nil {
		fail("old root: %v", err)
	}
	proof, err := tlog.ProveTree(tree.N, old, hashes)
	if err != nil {
		fail("consistency: %v", err)
	}
	if err := tlog.CheckTree(proof, tree.N, tree.Hash, old, oldRoot); err != nil {
		fail("consistency: %v", err)
	}
	fmt.Printf("AGREED %d of %d entries\n", count, tree.N)
}
