// Package bundle makes the one script that pages load out of the widget's sources. Read [Widget]. Only the generator
// and a test use it, so that the bundler is no part of the program.
package bundle

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

// engines are the oldest browsers that the script runs in: the first with constructed style sheets and the viewport
// units of screens whose bars come and go.
var engines = []api.Engine{
	{Name: api.EngineChrome, Version: "108"},
	{Name: api.EngineFirefox, Version: "115"},
	{Name: api.EngineSafari, Version: "16.4"},
}

// Widget bundles and minifies dir/main.ts with all that it imports. The same sources give the same bytes. Types are
// not checked: `tsc -p dir` does that.
func Widget(dir string) ([]byte, error) {
	entry, err := filepath.Abs(filepath.Join(dir, "main.ts"))
	if err != nil {
		return nil, fmt.Errorf("bundle the widget: %w", err)
	}
	result := api.Build(api.BuildOptions{
		EntryPoints:       []string{entry},
		Bundle:            true,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		Format:            api.FormatIIFE,
		Charset:           api.CharsetUTF8,
		Engines:           engines,
		LegalComments:     api.LegalCommentsNone,
		Plugins:           []api.Plugin{styleSheets(), locales(filepath.Join(filepath.Dir(entry), "locales"))},
	})
	if len(result.Errors) > 0 {
		texts := api.FormatMessages(result.Errors, api.FormatMessagesOptions{})
		errs := make([]error, len(texts))
		for i, t := range texts {
			errs[i] = errors.New(t)
		}
		return nil, fmt.Errorf("bundle the widget: %w", errors.Join(errs...))
	}
	return result.OutputFiles[0].Contents, nil
}

// styleSheets makes the import of a .css file its minified text.
func styleSheets() api.Plugin {
	load := func(args api.OnLoadArgs) (api.OnLoadResult, error) {
		source, err := os.ReadFile(args.Path)
		if err != nil {
			return api.OnLoadResult{}, err
		}
		css := api.Transform(string(source), api.TransformOptions{
			Loader: api.LoaderCSS, MinifyWhitespace: true, MinifySyntax: true, Sourcefile: args.Path, Charset: api.CharsetUTF8,
		})
		if len(css.Errors) > 0 {
			return api.OnLoadResult{Errors: css.Errors}, nil
		}
		text := string(css.Code)
		return api.OnLoadResult{Contents: &text, Loader: api.LoaderText}, nil
	}
	return api.Plugin{Name: "style-sheets", Setup: func(b api.PluginBuild) {
		b.OnLoad(api.OnLoadOptions{Filter: `\.css$`}, load)
	}}
}
