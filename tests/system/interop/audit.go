// Audits a log over its HTTP API with Go's own packages for transparency logs, which implement the
// specified formats independently of this project.
//
//	audit URL VKEY [KEPT]
//
// AUDIT_TOKEN contains the token: an admin's, or an auditor's for all products. An auditor cannot
// read the events about tokens; only their leaf hashes are checked. KEPT is a file with a
// checkpoint that was kept earlier. Exit codes: 0: the log matches the checkpoint; 1: it does not,
// or data is unavailable; 2: wrong usage.
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

// server requests data of a log. Tiles and entries never change, so each is requested once.
type server struct {
	url, token string
	seen       map[string][]byte
}

// errForbidden is returned if the token lacks access.
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

// pathOf returns the path of a tile in the format of tlog-tiles, which lacks the height in the
// paths of Go's own log.
func pathOf(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", tileHeight))
	if tile.L == -1 {
		path = "entries" + strings.TrimPrefix(path, "data")
	}
	return "/tile/" + path
}

// Height, ReadTiles and SaveTiles implement tlog.TileReader.
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

// openCheckpoint verifies the signature of a checkpoint and returns its contents.
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

// entries returns all entries of the tree, which bundles store with two-byte length prefixes.
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

// event contains the members of a line that the audit needs.
type event struct {
	Position int64
	Source   string
}

// record is an entry of the log and its index.
type record struct {
	index int64
	line  []byte
}

// lines returns the events up to a position that the API shows to the token.
func (s *server) lines(size int64) ([]record, error) {
	var all []record
	for after := int64(0); after < size; {
		page, header, err := s.getWithHeader(fmt.Sprintf("/api/events?limit=100&after=%d", after))
		if err != nil {
			return nil, err
		}
		// The position up to which the page was scanned; hidden lines may follow its last line.
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

// checkListed checks that the events are exactly the entries, in the same order. Events about
// tokens are visible to admins only.
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

// checkIncluded checks that each record is in the tree at its index: by comparing it with the
// leaves in the tiles, and by a proof for the last record of each tile, which depends on all leaves
// of the tile. (The tlog.TileHashReader of Debian 12 does not check every tile against the root.)
// For entries without a record it checks only the leaves. Indexes must increase.
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
		return nil // every tree extends the empty one
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
