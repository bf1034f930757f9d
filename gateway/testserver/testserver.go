// Package testserver starts the real servers that tests run against: Redis and PostgreSQL, on free loopback ports in
// folders of their own. Read [Redis], [Postgres] and [Run] first. Only tests import it, and it imports nothing of ours.
//
// A server that is not installed fails the test with the command that installs it; nothing is ever skipped.
package testserver

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // to create databases
)

// startWithin bounds the wait for a server. A busy machine needs a few seconds.
const startWithin = time.Minute

// shared are the servers of this test binary. A PostgreSQL takes a second to start, so its tests share one; that is
// why this is the one package-level state of the module.
var shared struct {
	redis, postgres server
	running         atomic.Bool // Run is in charge of stopping
	databases       atomic.Int64
}

type server struct {
	once sync.Once
	p    *process
	err  error
}

// Run is for TestMain: it runs the tests and stops the servers that they started.
//
//	func TestMain(m *testing.M) { os.Exit(testserver.Run(m)) }
//
// Where a test binary dies without it, by a panic or a timeout, its servers die with it, and only their folders stay.
func Run(m *testing.M) int {
	shared.running.Store(true)
	code := m.Run()
	for _, s := range []*server{&shared.redis, &shared.postgres} {
		s.once.Do(func() {})
		if s.p != nil {
			s.p.stop()
		}
	}
	return code
}

// Redis returns the URL of a Redis server that the tests of this binary share.
func Redis(t testing.TB) string {
	t.Helper()
	return shared.redis.get(t, startRedis).url
}

// Postgres returns the URL of a new, empty database on a PostgreSQL server that the tests of this binary share.
func Postgres(t testing.TB) string {
	t.Helper()
	p := shared.postgres.get(t, startPostgres)
	name := fmt.Sprintf("test_%d", shared.databases.Add(1))
	db, err := sql.Open("pgx", p.url+"/postgres")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // it only read
	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	defer cancel()
	if _, err := db.ExecContext(ctx, "CREATE DATABASE "+name); err != nil {
		t.Fatalf("create a database: %v", err)
	}
	return p.url + "/" + name
}

// OwnRedis starts a Redis server for one test, which may stop it. It is stopped at the test's end in any case.
func OwnRedis(t testing.TB) (url string, stop func()) {
	t.Helper()
	p, err := startRedis()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.stop)
	return p.url, p.stop
}

func (s *server) get(t testing.TB, start func() (*process, error)) *process {
	t.Helper()
	if !shared.running.Load() {
		t.Fatal("TestMain must be: os.Exit(testserver.Run(m))")
	}
	s.once.Do(func() { s.p, s.err = start() })
	if s.err != nil {
		t.Fatal(s.err)
	}
	return s.p
}

// process is a running server.
type process struct {
	url  string
	dir  string
	cmd  *exec.Cmd
	quit os.Signal
	gone chan struct{}
	once sync.Once
}

// stop ends the server, waits for it and removes its folder.
func (p *process) stop() {
	p.once.Do(func() {
		_ = p.cmd.Process.Signal(p.quit)
		select {
		case <-p.gone:
		case <-time.After(10 * time.Second):
			_ = p.cmd.Process.Kill()
			<-p.gone
		}
		_ = os.RemoveAll(p.dir)
	})
}

func startRedis() (*process, error) {
	binary, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, errors.New("redis-server is not installed: apt-get install -y redis-server")
	}
	return retried(func(port string) (*process, error) {
		dir, err := os.MkdirTemp("", "switchboard-redis-")
		if err != nil {
			return nil, err
		}
		cmd := exec.Command(binary, "--port", port, "--bind", "127.0.0.1", "--dir", dir, "--save", "", "--appendonly", "no")
		return launch(cmd, dir, "redis://127.0.0.1:"+port+"/0", syscall.SIGTERM)
	})
}

func startPostgres() (*process, error) {
	initdb, postgres, err := postgresBinaries()
	if err != nil {
		return nil, err
	}
	credential, uid, gid, err := postgresUser()
	if err != nil {
		return nil, err
	}
	return retried(func(port string) (*process, error) {
		dir, err := os.MkdirTemp("", "switchboard-postgres-")
		if err != nil {
			return nil, err
		}
		if err := os.Chown(dir, uid, gid); err != nil {
			return nil, errors.Join(err, os.RemoveAll(dir))
		}
		data := filepath.Join(dir, "data")
		create := exec.Command(initdb, "-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync")
		create.Dir, create.SysProcAttr = dir, attributes(credential, syscall.SIGKILL)
		if out, err := create.CombinedOutput(); err != nil {
			return nil, errors.Join(fmt.Errorf("initdb: %w: %s", err, out), os.RemoveAll(dir))
		}
		cmd := exec.Command(postgres, "-D", data, "-p", port, "-c", "listen_addresses=127.0.0.1",
			"-c", "unix_socket_directories="+dir, "-c", "max_connections=200")
		cmd.SysProcAttr = attributes(credential, syscall.SIGQUIT)
		return launch(cmd, dir, "postgres://postgres@127.0.0.1:"+port, syscall.SIGQUIT)
	})
}

// postgresBinaries looks in PATH and then where Debian keeps them, latest version first.
func postgresBinaries() (initdb, postgres string, err error) {
	folders, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(folders, func(a, b string) int { return version(b) - version(a) })
	for _, folder := range append([]string{""}, folders...) {
		initdb, err1 := exec.LookPath(filepath.Join(folder, "initdb"))
		postgres, err2 := exec.LookPath(filepath.Join(folder, "postgres"))
		if err1 == nil && err2 == nil {
			return initdb, postgres, nil
		}
	}
	return "", "", errors.New("PostgreSQL is not installed: apt-get install -y postgresql")
}

// version is N of "/usr/lib/postgresql/N/bin".
func version(folder string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(folder)))
	return n
}

// postgresUser is whom the server runs as: it refuses to be root's.
func postgresUser() (credential *syscall.Credential, uid, gid int, err error) {
	if os.Geteuid() != 0 {
		return nil, os.Getuid(), os.Getgid(), nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, 0, 0, errors.New("there is no user postgres to run PostgreSQL as: apt-get install -y postgresql")
	}
	if uid, err = strconv.Atoi(u.Uid); err != nil {
		return nil, 0, 0, err
	}
	if gid, err = strconv.Atoi(u.Gid); err != nil {
		return nil, 0, 0, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, uid, gid, nil //nolint:gosec // ids are 32 bits
}

// retried gives start another port where the one that was free has been taken meanwhile.
func retried(start func(port string) (*process, error)) (p *process, err error) {
	for range 3 {
		var port string
		if port, err = freePort(); err != nil {
			return nil, err
		}
		if p, err = start(port); err == nil {
			return p, nil
		}
	}
	return nil, err
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close() //nolint:errcheck // it only held a number
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// launch starts a server and waits until it says that it is ready. Both of them say so in the same words.
func launch(cmd *exec.Cmd, dir, url string, quit os.Signal) (*process, error) {
	out, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = in, in
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = attributes(nil, syscall.SIGKILL)
	}
	p := &process{url: url, dir: dir, cmd: cmd, quit: quit, gone: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		// A child dies with the thread that made it, so the thread must live as long as the child.
		runtime.LockOSThread()
		err := cmd.Start()
		_ = in.Close()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
		close(p.gone)
	}()
	if err := <-started; err != nil {
		return nil, errors.Join(err, out.Close(), os.RemoveAll(dir))
	}
	ready, said := make(chan struct{}), make(chan string, 1)
	go listen(out, ready, said)
	select {
	case <-ready:
		return p, nil
	case words := <-said:
		p.stop()
		return nil, fmt.Errorf("%s ended at once: %s", filepath.Base(cmd.Path), words)
	case <-time.After(startWithin):
		p.stop()
		return nil, fmt.Errorf("%s was not ready within %s", filepath.Base(cmd.Path), startWithin)
	}
}

// listen reads a server's log to its end, so that it never blocks on it, and says when it is ready, or else its last
// words.
func listen(out *os.File, ready chan<- struct{}, said chan<- string) {
	defer out.Close() //nolint:errcheck // it is only read
	var last []string
	isReady := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		last = append(last, lines.Text())[max(0, len(last)-9):]
		if !isReady && strings.Contains(strings.ToLower(lines.Text()), "ready to accept connections") {
			isReady = true
			close(ready)
		}
	}
	said <- strings.Join(last, "\n")
}
