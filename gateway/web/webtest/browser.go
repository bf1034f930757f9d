package webtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// patience is how long a test waits for anything in the browser.
const patience = 15 * time.Second

// Browser is one running Chromium.
type Browser struct {
	ctx   context.Context
	close func()
}

// Launch starts Chromium with a fresh profile. Its error says how to install one where there is none.
func Launch() (*Browser, error) {
	exe := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			exe = p
			break
		}
	}
	if exe == "" {
		return nil, errors.New("no Chromium found; the browser tests need one: apt-get install -y chromium")
	}
	profile, err := os.MkdirTemp("", "webtest-profile-")
	if err != nil {
		return nil, fmt.Errorf("make a browser profile: %w", err)
	}
	opts := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(exe), chromedp.UserDataDir(profile),
		chromedp.Flag("headless", "new"), chromedp.Flag("hide-scrollbars", true), chromedp.Flag("mute-audio", true),
	}
	for _, flag := range []string{
		"no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "no-default-browser-check",
		"disable-background-networking", "disable-component-update", "disable-sync", "disable-dev-shm-usage",
	} {
		opts = append(opts, chromedp.Flag(flag, true))
	}
	alloc, cancelAlloc := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, cancel := chromedp.NewContext(alloc)
	closeAll := func() {
		cancel()
		cancelAlloc()
		_ = os.RemoveAll(profile)
	}
	if err := chromedp.Do(ctx); err != nil {
		closeAll()
		return nil, fmt.Errorf("start %s: %w", exe, err)
	}
	return &Browser{ctx: ctx, close: closeAll}, nil
}

// Close ends the browser and removes its profile.
func (b *Browser) Close() { b.close() }

// watch runs before every page's own scripts: it collects violations of the page's policy and what a screen reader
// would be told by the chat's log.
const watch = `
window.violations = [];
window.heard = [];
document.addEventListener("securitypolicyviolation", (e) => violations.push(e.violatedDirective + " " + e.blockedURI));
window.$ = (s) => document.querySelector("support-chat")?.shadowRoot.querySelector(s) ?? null;
window.$$ = (s) => [...(document.querySelector("support-chat")?.shadowRoot.querySelectorAll(s) ?? [])];
window.addEventListener("supportchat", () => new MutationObserver((all) => {
  for (const m of all) for (const n of m.addedNodes) {
    const announced = n.cloneNode(true);
    announced.querySelectorAll("[aria-live=off]").forEach((e) => e.remove());
    heard.push(announced.textContent);
  }
}).observe($("[role=log]"), { childList: true }));
`

// Tab is one page of the browser, with storage of its own.
type Tab struct {
	t      testing.TB
	ctx    context.Context
	mu     sync.Mutex
	errors []string
}

// Tab opens a page of 1280 by 900 pixels. It is closed with the test.
func (b *Browser) Tab(t testing.TB) *Tab {
	t.Helper()
	tab := &Tab{t: t}
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(tab.listen))
	t.Cleanup(cancel)
	tab.ctx = ctx
	if err := chromedp.Do(ctx); err != nil { // binds the tab to ctx, which has no deadline
		t.Fatalf("open a tab: %v", err)
	}
	call(tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watch})
	tab.Size(1280, 900, false)
	return tab
}

// listen keeps what the page's console calls an error. Failed requests are not among them: tests make them fail.
func (tab *Tab) listen(ev any) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	switch e := ev.(type) {
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if x := e.ExceptionDetails.Exception; x != nil {
			text += " " + x.Description
		}
		tab.errors = append(tab.errors, text)
	case *cdplog.EventEntryAdded:
		if e.Entry.Level == cdplog.EntryLevelError && e.Entry.Source != cdplog.EntrySourceNetwork {
			tab.errors = append(tab.errors, e.Entry.Text)
		}
	}
}

// run runs one action within the test's patience.
func run[T any](tab *Tab, action chromedp.Action[T]) T {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, action)
	if err != nil {
		tab.t.Fatalf("browser: %v", err)
	}
	return v
}

// call sends one protocol command.
func call[P, R any](tab *Tab, command cdp.Command[P, R], params P) R {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	r, err := chromedp.Call(ctx, command, params)
	if err != nil {
		tab.t.Fatalf("browser: %v", err)
	}
	return r
}

// Goto loads a page and waits for the widget.
func (tab *Tab) Goto(url string) {
	tab.t.Helper()
	run(tab, chromedp.Navigate(url))
	tab.Wait("window.SupportChat && $('.launcher')")
}

// Wait waits until a JavaScript expression holds.
func (tab *Tab) Wait(expression string) {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	poll := chromedp.Poll[chromedp.Void]("!!("+expression+")", chromedp.WithPollingInterval(20*time.Millisecond))
	if err := chromedp.Do(ctx, poll); err != nil {
		tab.t.Fatalf("waiting for %s: %v\npanel: %s", expression, err, tab.String("$('.panel')?.innerText ?? ''"))
	}
}

// String evaluates a JavaScript expression, promises awaited, to a string; other values come as JSON.
func (tab *Tab) String(expression string) string {
	tab.t.Helper()
	wrapped := "(async () => JSON.stringify((" + expression + ") ?? null))()"
	encoded := run(tab, chromedp.Evaluate[string](wrapped, chromedp.EvalAwaitPromise))
	var s string
	if json.Unmarshal([]byte(encoded), &s) == nil {
		return s
	}
	return encoded
}

// Run evaluates JavaScript for its effect.
func (tab *Tab) Run(script string) {
	tab.t.Helper()
	run(tab, chromedp.Evaluate[chromedp.Void](script))
}

// Press presses keys, one after the other: kb.Tab, kb.Enter, kb.Escape, or text.
func (tab *Tab) Press(keys ...string) {
	tab.t.Helper()
	for _, r := range strings.Join(keys, "") {
		tab.press(r, 0)
	}
}

// PressShift presses a key with Shift held.
func (tab *Tab) PressShift(key string) {
	tab.t.Helper()
	for _, r := range key {
		tab.press(r, kb.ModifierShift)
	}
}

// press sends a key as a keyboard does: a character comes with its key's press and not where a page prevents that.
func (tab *Tab) press(r rune, modifier kb.Modifier) {
	tab.t.Helper()
	events := kb.Encode(r)
	down, up := *events[0], *events[len(events)-1]
	if len(events) == 3 {
		down.Text, down.UnmodifiedText = events[1].Text, events[1].UnmodifiedText
	}
	down.Modifiers |= int64(modifier)
	up.Modifiers |= int64(modifier)
	call(tab, input.DispatchKeyEvent, down)
	call(tab, input.DispatchKeyEvent, up)
}

// TabTo presses Tab until the focused element matches a selector, within or outside the widget.
func (tab *Tab) TabTo(selector string) {
	tab.t.Helper()
	for range 40 {
		if tab.Focused(selector) {
			return
		}
		tab.Press(kb.Tab)
	}
	tab.t.Fatalf("Tab never reached %s; focus is on %s", selector, tab.Focus())
}

const focusedElement = "(document.activeElement?.shadowRoot?.activeElement ?? document.activeElement)"

// Focused reports whether the focused element matches a selector.
func (tab *Tab) Focused(selector string) bool {
	tab.t.Helper()
	return tab.String(fmt.Sprintf("%s.matches(%q)", focusedElement, selector)) == "true"
}

// Focus describes the focused element.
func (tab *Tab) Focus() string {
	tab.t.Helper()
	return tab.String(fmt.Sprintf("((e) => e.tagName.toLowerCase() + '.' + e.className)(%s)", focusedElement))
}

// Size sets the viewport, as of a telephone where mobile is set.
func (tab *Tab) Size(width, height int64, mobile bool) {
	tab.t.Helper()
	opts := []chromedp.EmulateViewportOption{}
	if mobile {
		opts = append(opts, chromedp.EmulateMobile, chromedp.EmulateTouch)
	}
	run(tab, chromedp.EmulateViewport(width, height, opts...))
}

// Prefer emulates media features: "prefers-color-scheme", "dark", "prefers-reduced-motion", "reduce".
func (tab *Tab) Prefer(pairs ...string) {
	tab.t.Helper()
	var features []*emulation.MediaFeature
	for i := 0; i+1 < len(pairs); i += 2 {
		features = append(features, &emulation.MediaFeature{Name: pairs[i], Value: pairs[i+1]})
	}
	call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
}

// Offline takes the network away, or gives it back.
func (tab *Tab) Offline(offline bool) {
	tab.t.Helper()
	call(tab, network.OverrideNetworkState, network.OverrideNetworkStateParams{
		Offline: offline, DownloadThroughput: -1, UploadThroughput: -1,
	})
	rule := &network.Conditions{Offline: offline, DownloadThroughput: -1, UploadThroughput: -1}
	call(tab, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{rule},
	})
}

// Clean fails the test where the page's policy was violated or a script failed.
func (tab *Tab) Clean() {
	tab.t.Helper()
	if v := tab.String("violations"); v != "[]" {
		tab.t.Errorf("content security policy violated: %s", v)
	}
	tab.mu.Lock()
	defer tab.mu.Unlock()
	if len(tab.errors) > 0 {
		tab.t.Errorf("errors on the page: %s", strings.Join(tab.errors, "; "))
	}
}

// Shot writes a screenshot into the git-ignored folder testdata/shots, to be looked at.
func (tab *Tab) Shot(name string) {
	tab.t.Helper()
	// Animations and scrolling are at their end, so that what is seen is what stays.
	tab.String(`await new Promise((done) => {
		let last = -1, still = 0;
		const look = () => {
			const at = $(".scroll")?.scrollTop ?? 0;
			still = at === last ? still + 1 : 0;
			last = at;
			still < 10 ? requestAnimationFrame(look) : done();
		};
		look();
	})`)
	tab.Run("document.getAnimations().forEach((a) => a.effect?.getTiming().iterations !== Infinity && a.finish())")
	png := run(tab, chromedp.CaptureScreenshot())
	dir, err := testdata("shots")
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600)
	}
	if err != nil {
		tab.t.Fatalf("write the screenshot: %v", err)
	}
}

// testdata makes a folder under gateway/web/testdata, found from any package of the module.
func testdata(name string) (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, statErr := os.Stat(filepath.Join(dir, "go.mod")); statErr == nil {
			break
		}
		if filepath.Dir(dir) == dir {
			return "", errors.New("no go.mod above the working directory")
		}
		dir = filepath.Dir(dir)
	}
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	dir = filepath.Join(dir, "gateway", "web", "testdata", name)
	return dir, os.MkdirAll(dir, 0o750)
}
