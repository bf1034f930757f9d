package drill

import "syscall"

const (
	hangup    = syscall.SIGHUP
	terminate = syscall.SIGTERM
)

// ownGroup puts a process into a group of its own, and lets it die with the drill, however that ends.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

func killGroup(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) } // one that is gone already is what was wanted
