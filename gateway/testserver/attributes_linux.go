package testserver

import "syscall"

// attributes make a server die with the test binary, however that ends, and keep the terminal's signals from it.
func attributes(c *syscall.Credential, onDeath syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: c, Pdeathsig: onDeath, Setpgid: true}
}
