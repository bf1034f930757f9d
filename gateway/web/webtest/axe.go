package webtest

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// axeVersion is the release of axe-core that the tests hold the widget to.
const axeVersion = "4.14.1"

// axeSource returns axe-core's script. It is fetched by npm once and kept in the git-ignored folder testdata/cache.
var axeSource = sync.OnceValues(func() (string, error) {
	dir, err := testdata("cache")
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "axe-"+axeVersion+".min.js")
	if source, err := os.ReadFile(file); err == nil {
		return string(source), nil
	}
	source, err := fetchAxe(dir)
	if err != nil {
		return "", fmt.Errorf("the accessibility tests need axe-core %s, which `npm pack axe-core@%[1]s` fetches "+
			"(npm: apt-get install -y npm): %w", axeVersion, err)
	}
	// Written beside and renamed: another package's tests may be fetching it too.
	part := fmt.Sprintf("%s.%d", file, os.Getpid())
	if err := os.WriteFile(part, source, 0o600); err != nil {
		return "", fmt.Errorf("keep axe-core: %w", err)
	}
	return string(source), os.Rename(part, file)
})

func fetchAxe(dir string) (source []byte, err error) {
	tmp, err := os.MkdirTemp(dir, "npm-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	cmd := exec.Command("npm", "pack", "--silent", "axe-core@"+axeVersion)
	cmd.Dir = tmp
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	f, err := os.Open(filepath.Join(tmp, "axe-core-"+axeVersion+".tgz"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	for archive := tar.NewReader(z); ; {
		h, err := archive.Next()
		if err != nil {
			return nil, fmt.Errorf("axe.min.js in the package: %w", err)
		}
		if h.Name == "package/axe.min.js" {
			return io.ReadAll(archive)
		}
	}
}

// Axe fails the test for each violation that axe-core finds on the page in its present state, best practices included.
func (tab *Tab) Axe(state string) {
	tab.t.Helper()
	source, err := axeSource()
	if err != nil {
		tab.t.Fatal(err)
	}
	tab.Clean() // before axe, which the page's policy knows nothing of
	tab.Run(source + ";0")
	// Colours are measured at the end of every transition.
	tab.Run("document.getAnimations().forEach((a) => a.effect?.getTiming().iterations !== Infinity && a.finish())")
	found := tab.String(`await axe.run(document, { resultTypes: ["violations"] }).then((r) => r.violations.map((v) =>
		v.id + ": " + v.nodes.map((n) => n.target.flat().join(" ") + " " + n.failureSummary).join(" | ")).join("\n"))`)
	if found != "" {
		tab.t.Errorf("axe, %s:\n%s", state, found)
	}
}
