package bundle

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// reference is the language whose file says which texts there are.
const reference = "en"

// locales makes the module "locales" of a folder's JSON files. The keys are stored once, not once for each language:
// that is half a kilobyte of the compressed script.
func locales(dir string) api.Plugin {
	return api.Plugin{Name: "locales", Setup: func(b api.PluginBuild) {
		b.OnResolve(api.OnResolveOptions{Filter: `^locales$`}, func(api.OnResolveArgs) (api.OnResolveResult, error) {
			return api.OnResolveResult{Path: dir, Namespace: "locales"}, nil
		})
		b.OnLoad(api.OnLoadOptions{Filter: `.*`, Namespace: "locales"}, func(api.OnLoadArgs) (api.OnLoadResult, error) {
			module, err := localeModule(dir)
			return api.OnLoadResult{Contents: &module, Loader: api.LoaderJS}, err
		})
	}}
}

func localeModule(dir string) (string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return "", fmt.Errorf("list locales: %w", err)
	}
	texts := make(map[string]map[string]string, len(files))
	for _, f := range files {
		lang := strings.TrimSuffix(filepath.Base(f), ".json")
		if texts[lang], err = readLocale(f); err != nil {
			return "", err
		}
	}
	keys := slices.Sorted(maps.Keys(texts[reference]))
	languages := make(map[string][]string, len(texts))
	for lang, t := range texts {
		if got := slices.Sorted(maps.Keys(t)); !slices.Equal(got, keys) {
			return "", fmt.Errorf("locale %s: its keys differ from those of %s", lang, reference)
		}
		for _, k := range keys {
			languages[lang] = append(languages[lang], t[k])
		}
	}
	k, err := json.Marshal(keys)
	if err != nil {
		return "", fmt.Errorf("encode locale keys: %w", err)
	}
	l, err := json.Marshal(languages) // sorted by language: the same files give the same bytes
	if err != nil {
		return "", fmt.Errorf("encode locales: %w", err)
	}
	return fmt.Sprintf("export const keys = %s;\nexport const languages = %s;\n", k, l), nil
}

func readLocale(path string) (map[string]string, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read locale: %w", err)
	}
	var texts map[string]string
	if err := json.Unmarshal(raw, &texts); err != nil {
		return nil, fmt.Errorf("read locale %s: %w", filepath.Base(path), err)
	}
	return texts, nil
}
