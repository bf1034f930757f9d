//go:build unix && !linux

package testserver

import "syscall"

// attributes keep the terminal's signals from a server. Only Linux can tie its life to the test binary's.
func attributes(c *syscall.Credential, _ syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: c, Setpgid: true}
}
