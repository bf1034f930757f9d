//go:build unix

package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// A command that is stuck in a call of the operating system can still be ended without kill -9.
func TestASecondSignalEndsAStuckCommand(t *testing.T) {
	if os.Getenv("SWITCHBOARD_TEST_STUCK") != "" {
		ctx, stop := interruptible()
		defer stop()
		fmt.Println("stuck")
		<-ctx.Done()
		time.Sleep(100 * time.Millisecond) // for the handler to go
		fmt.Println("still stuck")
		time.Sleep(20 * time.Second)
		return
	}
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	child.Env = append(os.Environ(), "SWITCHBOARD_TEST_STUCK=1")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for range 2 {
		lines.Scan()
		if err := child.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	if err := child.Wait(); err == nil || time.Since(began) > 10*time.Second {
		t.Errorf("the second signal did not end it: %v after %v", err, time.Since(began))
	}
}
