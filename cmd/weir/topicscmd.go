package main

import (
	"context"
	"encoding/json"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"weir/cmd/weir/config"
	"weir/codecs/topic"
	"weir/topologies/kafka/topics"
)

func topicsCommand(w *world) *cli.Command {
	flags := append(configFlags(), &cli.BoolFlag{Name: "json", Usage: "print JSON"})
	return &cli.Command{
		Name:  "topics",
		Usage: "the topics that weir declares: list, create, compare",
		Subcommands: []*cli.Command{
			{
				Name: "list", Usage: "what is declared, without asking a cluster", Flags: flags,
				Description: "Examples:\n\n   weir topics list\n   weir topics list --config /etc/weir --json",
				Action: func(c *cli.Context) error {
					s, err := toolStack(w, c, false)
					if err != nil {
						return err
					}
					return printTopics(w, c.Bool("json"), s.declared())
				},
			},
			{
				Name: "apply", Usage: "create what is missing; nothing that exists is changed", Flags: flags,
				Description: "Examples:\n\n   weir topics apply --config /etc/weir\n   weir topics apply --kafka-broker-url 127.0.0.1:9092 --processing",
				Action: func(c *cli.Context) error {
					s, err := toolStack(w, c, true)
					if err != nil {
						return err
					}
					ctx, cancel := context.WithTimeout(c.Context, startTimeout)
					defer cancel()
					report, err := topics.Apply(ctx, s.cluster, s.declared())
					if err != nil {
						return fmt.Errorf("topics apply: %w", s.unreachable(err))
					}
					if c.Bool("json") {
						return json.NewEncoder(w.stdout).Encode(report)
					}
					for _, t := range report.Created {
						fmt.Fprintf(w.stdout, "created  %s\n", t)
					}
					for _, f := range report.Findings {
						fmt.Fprintf(w.stdout, "differs  %s\n", f)
					}
					fmt.Fprintf(w.stdout, "%d created, %d differ from the declaration\n", len(report.Created), len(report.Findings))
					return nil
				},
			},
			{
				Name: "check", Usage: "compare the declaration with the cluster; exit status 1 when something differs", Flags: flags,
				Description: "Examples:\n\n   weir topics check --config /etc/weir\n   weir topics check --config /etc/weir --json",
				Action: func(c *cli.Context) error {
					s, err := toolStack(w, c, true)
					if err != nil {
						return err
					}
					ctx, cancel := context.WithTimeout(c.Context, startTimeout)
					defer cancel()
					_, findings, err := topics.Check(ctx, s.cluster, s.declared())
					if err != nil {
						return fmt.Errorf("topics check: %w", s.unreachable(err))
					}
					if c.Bool("json") {
						if err := json.NewEncoder(w.stdout).Encode(findings); err != nil {
							return err
						}
					} else {
						for _, f := range findings {
							fmt.Fprintf(w.stdout, "differs  %s\n", f)
						}
					}
					if len(findings) > 0 {
						return fmt.Errorf("topics check: %d differ; `weir topics apply` creates what is missing", len(findings))
					}
					_, err = fmt.Fprintf(w.stdout, "ok: %d topics as declared\n", len(s.declared()))
					return err
				},
			},
		},
	}
}

// toolStack is a stack for a command that looks at a cluster and runs nothing.
func toolStack(w *world, c *cli.Context, needsCluster bool) (*stack, error) {
	cfg, err := loadConfig(w, c)
	if err != nil {
		return nil, err
	}
	return toolStackFor(w, c, cfg, needsCluster)
}

func toolStackFor(w *world, c *cli.Context, cfg *config.Config, needsCluster bool) (*stack, error) {
	log := w.logger(first(flagText(c, "log-level"), "warn"), flagText(c, "log-format"))
	cluster, _, err := kafkaCluster(cfg.Processing.KafkaConfig)
	if err != nil {
		return nil, usageError{err}
	}
	if !cfg.Processing.Enabled && len(cluster.Brokers) == 0 && needsCluster {
		if cluster, err = embeddedCluster(cfg); err != nil {
			return nil, fmt.Errorf("%s: %w", operation(c), err)
		}
	}
	if cfg.Origins["processing.kafka_config"] == config.OriginAlone {
		cluster.Brokers = nil // a tool does not guess which cluster to look at
	}
	if needsCluster && len(cluster.Brokers) == 0 {
		return nil, usagef("%s: which Kafka? give --config DIR or --kafka-broker-url HOST:PORT", operation(c))
	}
	return newStack(cfg, log, cluster)
}

func printTopics(w *world, asJSON bool, list []topics.Topic) error {
	if asJSON {
		type row struct {
			Name       string `json:"name"`
			Partitions int    `json:"partitions,omitempty"`
			Cleanup    string `json:"cleanup,omitempty"`
			Retention  int64  `json:"retention_seconds,omitempty"` // -1: for ever
			MaxMessage int    `json:"max_message_bytes,omitempty"`
			Operator   bool   `json:"operator"`
		}
		rows := []row{}
		for _, d := range list {
			seconds := int64(d.Retention / time.Second)
			if d.Retention == topics.Forever {
				seconds = -1
			}
			rows = append(rows, row{d.Name, d.Partitions, string(d.Cleanup), seconds, d.MaxMessageBytes, d.Operator})
		}
		return json.NewEncoder(w.stdout).Encode(rows)
	}
	t := tabwriter.NewWriter(w.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "TOPIC\tPARTITIONS\tCLEANUP\tRETENTION\tMAX MESSAGE\tWHOSE")
	for _, d := range list {
		partitions, retention, whose, size := "broker's", "broker's", "weir's own", "broker's"
		if d.Partitions > 0 {
			partitions = fmt.Sprint(d.Partitions)
		}
		if d.Retention == topics.Forever || d.Retention == 0 && d.Cleanup == topic.Compact {
			retention = "for ever"
		} else if d.Retention > 0 {
			retention = d.Retention.String()
		}
		if d.MaxMessageBytes > 0 {
			size = config.ByteSize(d.MaxMessageBytes).String()
		}
		if d.Operator {
			whose = "operator's, created only if missing"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", d.Name, partitions, first(string(d.Cleanup), "broker's"), retention, size, whose)
	}
	return t.Flush()
}
