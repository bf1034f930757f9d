// Command switchboard is a support chatbot gateway: it answers customers' questions from the company's own knowledge
// base, checks what it says before they see it, and hands over to people when it cannot help.
//
// Each command has a file of its own; wire.go puts the parts together. Nothing here decides anything.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"switchboard"
)

// The exit codes.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitNotFound    = 3
	exitNotAllowed  = 4
	exitGate        = 5
	exitConflict    = 6
	exitUnreachable = 7
	exitInterrupted = 130
)

func main() {
	ctx, stop := interruptible()
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// interruptible returns a context that ends at the first signal. A second one ends what does not heed the first.
func interruptible() (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// run is the whole program: what it reads and writes comes in, the exit code comes out.
func run(ctx context.Context, args []string, getenv func(string) string, in io.Reader, out, errOut io.Writer) int {
	p := &program{getenv: getenv, in: in, out: out, err: errOut}
	root := p.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err != nil && !errors.As(err, new(silent)) {
		fmt.Fprintln(errOut, "switchboard: "+message(err))
	}
	if ctx.Err() != nil && err != nil {
		return exitInterrupted
	}
	return exitCode(err)
}

// usageError is a mistake in how the command was called.
type usageError struct{ error }

// unreachable is a server that does not answer.
type unreachable struct{ error }

// silent is a failure whose report is on the screen already.
type silent struct{ code int }

func (s silent) Error() string { return fmt.Sprintf("exit %d", s.code) }

func exitCode(err error) int {
	var s silent
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &s):
		return s.code
	case errors.As(err, new(usageError)):
		return exitUsage
	case errors.As(err, new(unreachable)), errors.Is(err, switchboard.Unavailable):
		return exitUnreachable
	case errors.Is(err, switchboard.NotFound):
		return exitNotFound
	case errors.Is(err, switchboard.Forbidden), errors.Is(err, switchboard.Unauthorized):
		return exitNotAllowed
	case errors.Is(err, switchboard.Conflict):
		return exitConflict
	}
	return exitFailed
}

// message is an error as a person at a terminal reads it: without the code that programs read.
func message(err error) string {
	var e *switchboard.Error
	if errors.As(err, &e) {
		s := e.Text
		if e.Field != "" {
			s = e.Field + ": " + s
		}
		if e.Err != nil {
			s += ": " + e.Err.Error()
		}
		return s
	}
	return err.Error()
}
