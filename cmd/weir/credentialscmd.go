package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"weir/cmd/weir/config"
	"weir/codecs/signature"
)

func credentialsCommand(w *world) *cli.Command {
	dir := &cli.StringFlag{Name: "config", Aliases: []string{"c"}, Value: ".", Usage: "configuration directory", EnvVars: []string{"WEIR_CONFIG"}}
	return &cli.Command{
		Name:  "credentials",
		Usage: "make or show the identity that an upstream knows this relay by",
		Subcommands: []*cli.Command{
			{
				Name:  "generate",
				Usage: "make an Ed25519 key pair and an id, in Relay's credentials.json",
				Description: "Examples:\n\n" +
					"   weir credentials generate --config /etc/weir\n" +
					"   weir credentials generate --stdout > credentials.json",
				Flags: []cli.Flag{dir,
					&cli.BoolFlag{Name: "stdout", Usage: "print them instead of writing the file"},
					&cli.BoolFlag{Name: "overwrite", Usage: "replace an existing file"}},
				Action: func(c *cli.Context) error {
					return generateCredentials(w, flagText(c, "config"), c.Bool("stdout"), c.Bool("overwrite"))
				},
			},
			{
				Name:  "show",
				Usage: "print id and public key",
				Description: "Examples:\n\n" +
					"   weir credentials show --config /etc/weir\n" +
					"   weir credentials show --config . --json",
				Flags: []cli.Flag{dir, &cli.BoolFlag{Name: "json", Usage: "print JSON"}},
				Action: func(c *cli.Context) error {
					cfg, err := config.Load(config.Source{Dir: flagText(c, "config"), Environ: w.environ, Flags: map[string]string{"relay.mode": "proxy"}})
					if err != nil {
						return usageError{err}
					}
					if cfg.Credentials == nil {
						return fmt.Errorf("credentials show: none in %s; `weir credentials generate` makes some", flagText(c, "config"))
					}
					if c.Bool("json") {
						return json.NewEncoder(w.stdout).Encode(map[string]string{"id": cfg.Credentials.ID, "public_key": cfg.Credentials.PublicKey})
					}
					_, err = fmt.Fprintf(w.stdout, "id          %s\npublic key  %s\n", cfg.Credentials.ID, cfg.Credentials.PublicKey)
					return err
				},
			},
		},
	}
}

func generateCredentials(w *world, dir string, stdout, overwrite bool) error {
	key, err := signature.NewSecretKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("credentials generate: %w", err)
	}
	c := config.Credentials{SecretKey: key.Text(), PublicKey: key.Public().String(), ID: newUUID()}
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return fmt.Errorf("credentials generate: %w", err)
	}
	b = append(b, '\n')
	if stdout {
		_, err := w.stdout.Write(b)
		return err
	}
	path := filepath.Join(dir, "credentials.json")
	if _, err := os.Stat(path); err == nil && !overwrite {
		return fmt.Errorf("credentials generate: %s exists; --overwrite replaces it", path)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("credentials generate: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("credentials generate: %w", err)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		return fmt.Errorf("credentials generate: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil { // a replaced file keeps its mode otherwise
		return fmt.Errorf("credentials generate: %w", err)
	}
	_, err = fmt.Fprintf(w.stdout, "written     %s\nid          %s\npublic key  %s\n", path, c.ID, c.PublicKey)
	return err
}
