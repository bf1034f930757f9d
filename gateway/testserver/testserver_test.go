package testserver

import (
	"bufio"
	"database/sql"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"testing"
	"time"
)

// asChild makes this binary start servers, print their addresses and wait to be killed.
const asChild = "TESTSERVER_CHILD"

func TestMain(m *testing.M) { os.Exit(Run(m)) }

func TestServersAnswer(t *testing.T) {
	first, second := Postgres(t), Postgres(t)
	if first == second {
		t.Errorf("two tests share the database %s", first)
	}
	db, err := sql.Open("pgx", first)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // it only read
	if err := db.PingContext(t.Context()); err != nil {
		t.Error(err)
	}
	if one, other := Redis(t), Redis(t); one != other {
		t.Error("Redis is started twice")
	}
	_, stop := OwnRedis(t)
	stop()
	stop()
}

// TestServersDieWithTheTestBinary kills a test binary as a timeout would and finds its servers gone.
func TestServersDieWithTheTestBinary(t *testing.T) {
	if os.Getenv(asChild) != "" {
		fmt.Println(Redis(t))
		fmt.Println(Postgres(t))
		select {}
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestServersDieWithTheTestBinary$") //nolint:gosec // this binary
	cmd.Env = append(os.Environ(), asChild+"=1", "TMPDIR="+openFolder(t))
	cmd.SysProcAttr = attributes(nil, 9)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var hosts []string
	for lines := bufio.NewScanner(out); len(hosts) < 2 && lines.Scan(); {
		u, err := url.Parse(lines.Text())
		if err != nil || u.Host == "" {
			t.Fatalf("the child said %q", lines.Text())
		}
		hosts = append(hosts, u.Host)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	for _, host := range hosts {
		awaitGone(t, host)
	}
}

// openFolder is where a killed child leaves its own. PostgreSQL's user has to be able to enter it.
func openFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "testserver-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // nothing of value is in it
		t.Fatal(err)
	}
	return dir
}

// awaitGone fails the test where host still answers after ten seconds.
func awaitGone(t *testing.T, host string) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for time.Now().Before(deadline) {
		conn, err := net.DialTimeout("tcp", host, time.Second)
		if err != nil {
			return
		}
		_ = conn.Close()
		time.Sleep(10 * time.Millisecond) // until the next look; nothing says when a stranger's port closes
	}
	t.Errorf("%s still answers", host)
}
