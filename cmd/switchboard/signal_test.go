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
		for { // stuck, whatever comes
			time.Sleep(time.Minute)
		}
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
	bufio.NewScanner(out).Scan()
	ended := make(chan error, 1)
	go func() { ended <- child.Wait() }()
	again := time.NewTicker(50 * time.Millisecond) // the handler goes soon after the first signal, not at once
	defer again.Stop()
	for deadline := time.After(10 * time.Second); ; {
		_ = child.Process.Signal(syscall.SIGTERM) // fails when it has ended
		select {
		case <-ended:
			if status, ok := child.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() {
				t.Errorf("it ended by itself: %v", child.ProcessState)
			}
			return
		case <-again.C:
		case <-deadline:
			_ = child.Process.Kill()
			t.Fatal("no signal ends it")
		}
	}
}
