// Package drill makes the models' upstreams fail in every way that they are known to, in front of real gateway processes,
// and looks at what a customer gets.
//
// Read [Fault] first, a row of the table [Faults]: what an upstream does wrong. [Faults.Run] drives each of them through
// gateways in several situations and gives a [Row] for each: what the customer saw, how long it took, how many calls it
// cost, what was recorded, and what of it is wrong. [Outage], [Soak], [Kill] and [Overload] are the same under load.
//
// The upstreams are stubs on loopback sockets (gateway/llm/llmtest), the gateways are processes of the real binary with
// a configuration file, and the customers speak HTTP. The package knows the outside contract and the ledger, and nothing
// of how the gateway does what it does.
package drill
