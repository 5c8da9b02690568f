// Audits a log with nothing but its calls and Go's own packages for transparency logs: an
// implementation that is not ours, of the formats that we say we follow.
//
//	audit URL VKEY [KEPT]
//
// The token is read from AUDIT_TOKEN: an admin's, or an auditor's for all products, who is not shown
// the events about tokens; of those it checks the leaf hashes alone. KEPT is a file with a checkpoint that was kept earlier. Exit
// 0: all is as the checkpoint says. 1: something is not, or cannot be had. 2: wrong use.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight  = 8
	tileWidth   = 1 << tileHeight
	answerBytes = 64 << 20
)

// server asks a log. Tiles and entries never change, so it asks for each one once.
type server struct {
	url, token string
	seen       map[string][]byte
}

// errForbidden is what is answered to a token that may not see something.
var errForbidden = errors.New("this token may not see it")

func (s *server) get(path string) ([]byte, error) {
	body, _, err := s.getWithHeader(path)
	return body, err
}

func (s *server) getWithHeader(path string) ([]byte, http.Header, error) {
	request, err := http.NewRequest("GET", s.url+path, nil)
	if err != nil {
		return nil, nil, err
	}
	request.Header.Set("Authorization", "Bearer "+s.token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, answerBytes))
	if err != nil {
		return nil, nil, err
	}
	if response.StatusCode == http.StatusForbidden {
		return nil, nil, fmt.Errorf("GET %s: %w: %s", path, errForbidden, body)
	}
	if response.StatusCode != http.StatusOK {
		return nil, nil, fmt.Errorf("GET %s: %s: %s", path, response.Status, body)
	}
	return body, response.Header, nil
}

func (s *server) getOnce(path string) ([]byte, error) {
	if data, ok := s.seen[path]; ok {
		return data, nil
	}
	data, err := s.get(path)
	if err == nil {
		s.seen[path] = data
	}
	return data, err
}

// pathOf gives a tile's path as tlog-tiles has it, without the height that Go's own log has in it.
func pathOf(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", tileHeight))
	if tile.L == -1 {
		path = "entries" + strings.TrimPrefix(path, "data")
	}
	return "/tile/" + path
}

// Height, ReadTiles and SaveTiles make it a tlog.TileReader.
func (s *server) Height() int { return tileHeight }

func (s *server) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range tiles {
		bytes, err := s.getOnce(pathOf(tile))
		if err != nil {
			return nil, err
		}
		data = append(data, bytes)
	}
	return data, nil
}

func (s *server) SaveTiles([]tlog.Tile, [][]byte) {}

// openCheckpoint gives what a signed checkpoint says, once its signature is found to be the key's.
func openCheckpoint(signed []byte, key note.Verifier) (tlog.Tree, error) {
	opened, err := note.Open(signed, note.VerifierList(key))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.SplitN(opened.Text, "\n", 4)
	if len(lines) < 4 || lines[0] != key.Name() {
		return tlog.Tree{}, errors.New("this is no checkpoint of the log that the key is named after")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || lines[1] != strconv.FormatInt(size, 10) {
		return tlog.Tree{}, fmt.Errorf("%q is no size", lines[1])
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return tlog.Tree{}, fmt.Errorf("%q is no root", lines[2])
	}
	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], root)
	return tree, nil
}

// entries gives all entries of the tree: each behind its length in two bytes.
func (s *server) entries(size int64) ([][]byte, error) {
	var all [][]byte
	for begin := int64(0); begin < size; begin += tileWidth {
		width := size - begin
		if width > tileWidth {
			width = tileWidth
		}
		path := pathOf(tlog.Tile{H: tileHeight, L: -1, N: begin / tileWidth, W: int(width)})
		bundle, err := s.getOnce(path)
		if err != nil {
			return nil, err
		}
		for ; width > 0; width-- {
			if len(bundle) < 2 || len(bundle)-2 < int(binary.BigEndian.Uint16(bundle)) {
				return nil, fmt.Errorf("%s ends too early", path)
			}
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			all = append(all, bundle[2:end])
			bundle = bundle[end:]
		}
		if len(bundle) > 0 {
			return nil, fmt.Errorf("%s holds more than its entries", path)
		}
	}
	return all, nil
}

// event is what is read of a line here.
type event struct {
	Position int64
	Source   string
}

// record is an entry of the log and its index there.
type record struct {
	index int64
	line  []byte
}

// lines gives the events up to a position, as the interface for programs shows them to the token.
func (s *server) lines(size int64) ([]record, error) {
	var all []record
	for after := int64(0); after < size; {
		page, header, err := s.getWithHeader(fmt.Sprintf("/api/events?limit=100&after=%d", after))
		if err != nil {
			return nil, err
		}
		// How far the answer has looked; lines that are hidden may follow the last one in it.
		lookedAt, _ := strconv.ParseInt(header.Get("X-Log-Position"), 10, 64)
		for _, line := range bytes.Split(bytes.TrimSuffix(page, []byte("\n")), []byte("\n")) {
			if len(line) == 0 {
				continue
			}
			var read event
			if err := json.Unmarshal(line, &read); err != nil {
				return nil, err
			}
			if read.Position <= after {
				return nil, fmt.Errorf("position %d comes after position %d", read.Position, after)
			}
			if after = read.Position; after <= size {
				all = append(all, record{after - 1, line})
			}
		}
		if len(page) == 0 && lookedAt <= after {
			break
		}
		if lookedAt > after {
			after = lookedAt
		}
	}
	return all, nil
}

// checkListed checks that the events are the entries, all of them and in order. Those about tokens
// are shown to admins only.
func checkListed(events []record, entries [][]byte) error {
	for i, entry := range entries {
		if len(events) > 0 && bytes.Equal(events[0].line, entry) {
			events = events[1:]
			continue
		}
		var read event
		if err := json.Unmarshal(entry, &read); err != nil {
			return err
		}
		if read.Source != "/api/api-tokens" {
			return fmt.Errorf("position %d is not among the events as it is in the log", i+1)
		}
	}
	if len(events) > 0 {
		return errors.New("there are events that are not in the log")
	}
	return nil
}

// checkIncluded checks of each record that it is in the tree, at its index: against the leaves that
// the tiles have, and by a proof of the last one of each tile, which depends on all of its leaves.
// (The tlog.TileHashReader of Debian 12 does not hold every tile against the root.) Of records that
// are not given it checks the leaves alone. Indexes rise.
func checkIncluded(tree tlog.Tree, records []record, hashes tlog.HashReader) error {
	for begin := int64(0); begin < tree.N; begin += tileWidth {
		var indexes []int64
		for i := begin; i < tree.N && i < begin+tileWidth; i++ {
			indexes = append(indexes, tlog.StoredHashIndex(0, i))
		}
		leaves, err := hashes.ReadHashes(indexes)
		if err != nil {
			return err
		}
		for len(records) > 0 && records[0].index < begin+int64(len(leaves)) {
			if leaves[records[0].index-begin] != tlog.RecordHash(records[0].line) {
				return fmt.Errorf("position %d is not what the log commits itself to",
					records[0].index+1)
			}
			records = records[1:]
		}
		last := begin + int64(len(leaves)) - 1
		proof, err := tlog.ProveRecord(tree.N, last, hashes)
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, last, leaves[last-begin]); err != nil {
			return fmt.Errorf("position %d: %w", last+1, err)
		}
	}
	return nil
}

func recordsOf(entries [][]byte) []record {
	var records []record
	for i, entry := range entries {
		records = append(records, record{int64(i), entry})
	}
	return records
}

func checkGrowth(tree, old tlog.Tree, hashes tlog.HashReader) error {
	if old.N == 0 {
		return nil // everything grew from nothing
	}
	if old.N > tree.N {
		return fmt.Errorf("the log has %d entries and had %d", tree.N, old.N)
	}
	proof, err := tlog.ProveTree(tree.N, old.N, hashes)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash); err != nil {
		return fmt.Errorf("the log did not grow from the checkpoint that was kept: %w", err)
	}
	return nil
}

func audit(log *server, vkey, keptFile string) error {
	key, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	signed, err := log.get("/checkpoint")
	if err != nil {
		return err
	}
	tree, err := openCheckpoint(signed, key)
	if err != nil {
		return fmt.Errorf("the newest checkpoint: %w", err)
	}
	hashes := tlog.TileHashReader(tree, log)
	if tree.N > 0 {
		root, err := tlog.TreeHash(tree.N, hashes)
		if err != nil {
			return err
		}
		if root != tree.Hash {
			return errors.New("the tiles have another root than the checkpoint")
		}
	}
	if keptFile != "" {
		kept, err := os.ReadFile(keptFile)
		if err != nil {
			return err
		}
		old, err := openCheckpoint(kept, key)
		if err != nil {
			return fmt.Errorf("the checkpoint that was kept: %w", err)
		}
		if err := checkGrowth(tree, old, hashes); err != nil {
			return err
		}
		fmt.Printf("grew from %d to %d entries\n", old.N, tree.N)
	}
	events, err := log.lines(tree.N)
	if err != nil {
		return fmt.Errorf("the events: %w", err)
	}
	entries, err := log.entries(tree.N)
	if errors.Is(err, errForbidden) {
		if err := checkIncluded(tree, events, hashes); err != nil {
			return fmt.Errorf("the events: %w", err)
		}
		fmt.Printf("%d entries are listed and in the log; of the other %d the leaf hashes are\n",
			len(events), tree.N-int64(len(events)))
		return nil
	}
	if err != nil {
		return err
	}
	if err := checkIncluded(tree, recordsOf(entries), hashes); err != nil {
		return fmt.Errorf("the entries: %w", err)
	}
	if err := checkListed(events, entries); err != nil {
		return fmt.Errorf("the events: %w", err)
	}
	fmt.Printf("%d entries are in the log, and %d are listed\n", len(entries), len(events))
	return nil
}

func main() {
	if len(os.Args) < 3 || len(os.Args) > 4 {
		fmt.Fprintln(os.Stderr, "usage: audit URL VKEY [KEPT]")
		os.Exit(2)
	}
	kept := ""
	if len(os.Args) == 4 {
		kept = os.Args[3]
	}
	log := &server{os.Args[1], os.Getenv("AUDIT_TOKEN"), map[string][]byte{}}
	if err := audit(log, os.Args[2], kept); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
