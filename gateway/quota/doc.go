// Package quota keeps the quotas of keys, conversations, days and months: how many messages and tokens a day may bring,
// and what models may cost in a month. What a model's attempt may use at most is set aside before it, and what it did
// use is counted after it, so that no limit is passed however many attempts run at once.
//
// Read [Config], [Quotas.Reserve] and [Quotas.Enter] first. Days and months are those of UTC. Counters live in the session
// store: in this process, or in Redis for all of them together. Money is also summed in the ledger, from which the months'
// counters begin again after a restart. The package knows neither HTTP nor how a chain asks its models, and it never sees a
// word of a conversation.
package quota
