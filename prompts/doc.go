// Package prompts is the reviewed wording of the bot: template files, their versions, and their rendering into
// role-separated messages.
//
// Read [Input], [Set] and [Prompt] first; README.md beside this file describes the file format. Files are parsed,
// checked and linked once, by [Load]; what comes out is immutable and safe for concurrent use, and rendering does no
// I/O. The package knows nothing of models, searches, policies or HTTP: what a prompt may say about them arrives in
// an Input.
package prompts
