// minben: one program, many commands. This file knows their names and options, nothing else.
#include <malloc.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>

#include <tuple>

#include "command_line.hpp"
#include "commands.hpp"
#include "documents/template.hpp"
#include "evidence_tools.hpp"
#include "files.hpp"
#include "harvest_tools.hpp"
#include "quality_tools.hpp"
#include "ledger_tools.hpp"

using namespace minben;
using app::Action;

namespace {

/// Threads come and go with what a request takes, such as a drawn PDF. By default each gets a heap
/// of its own that only grows: several times the memory for nothing gained at this number of
/// threads.
void keep_memory_small() {
  mallopt(M_ARENA_MAX, 4);
  mallopt(M_MMAP_THRESHOLD, 1024 * 1024);
  mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
}

/// Each connection is a descriptor, and the usual limit of 1,024 is for programs of another age.
void allow_many_connections() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = std::max(limit.rlim_cur, std::min<rlim_t>(limit.rlim_max, 65536));
  ::setrlimit(RLIMIT_NOFILE, &limit);  // refused: then it stays as it was
}

void add_running(CLI::App& cli, Action& action) {
  static app::command::DemoOptions demo;
  auto* command = cli.add_subcommand("demo", "a country in miniature on this machine");
  command->add_option("--port", demo.port, "port of the portal; the 40 above it are used too")
      ->check(CLI::Range(1, 65000))
      ->capture_default_str();
  command->add_option("--data", demo.data, "where the country lives");
  command->add_flag("--fresh", demo.fresh, "remove the country in that directory and begin anew");
  command->add_option("--ready-file", demo.ready_file, "written as JSON once everything answers");
  command->callback([&action] { action = [] { return app::command::demo(demo); }; });

  static app::command::ServeOptions serve;
  command = cli.add_subcommand("serve", "the platform: portal, interfaces, jobs");
  command->add_option("--config", serve.config, "TOML file")->required()->check(CLI::ExistingFile);
  command->callback([&action] { action = [] { return app::command::serve(serve); }; });
}

void add_gateway_dry_run(CLI::App& gateway, Action& action) {
  static app::command::GatewayDryRunOptions options;
  auto* command = gateway.add_subcommand("dry-run", "what other access rules would have refused");
  command->add_option("--configuration", options.configuration, "the new one, signed or a draft")
      ->required()
      ->check(CLI::ExistingFile);
  command->add_option("--gateway", options.gateway, "gateway.json; its message log is asked")
      ->check(CLI::ExistingFile);
  command->add_option("--days", options.days, "so much of the message log")
      ->capture_default_str()
      ->check(CLI::Range(1, 3650));
  command
      ->add_option("--before", options.before,
                   "the configuration in force; default what the gateway holds")
      ->check(CLI::ExistingFile);
  command->add_option("DECISIONS", options.decisions, "or a file: JSON, one past decision a line")
      ->check(CLI::ExistingFile);
  command->add_flag("--json", options.json, "for programs");
  command->callback([&action] { action = [] { return app::command::dry_run_gateway(options); }; });
}

void add_gateway_init(CLI::App& gateway, Action& action) {
  static app::command::GatewayInitOptions init;
  auto* command = gateway.add_subcommand("init", "keys and a request to join; run again: renewal");
  command->add_option("DIR", init.directory, "the gateway's folder")->required();
  command->add_option("--registry", init.registry, "address of the exchange's platform")
      ->required();
  command->add_option("--registry-key", init.registry_key, "its public key, when you have it")
      ->check(CLI::ExistingFile);
  command->add_option("--ca", init.authorities, "certificate authorities for an https registry")
      ->capture_default_str();
  command->add_option("--member", init.member, "code of the agency")->required();
  command->add_option("--class", init.member_class, "class of members")->capture_default_str();
  command->add_option("--name", init.name, "name of the agency")->required();
  command->add_option("--name-en", init.name_en, "in English; default the same");
  command->add_option("--gateway", init.gateway, "name of this gateway")->capture_default_str();
  command->add_option("--url", init.url, "https://HOST:PORT, where other gateways reach it")
      ->required();
  command->add_option("--client-port", init.client_port, "on loopback, for own systems")
      ->check(CLI::Range(1, 65535))
      ->capture_default_str();
  command->add_option("--subsystem", init.subsystems, "an information system of the agency")
      ->required()
      ->allow_extra_args(false);
  command->add_option("--serve", init.registers, "SUBSYSTEM/SERVICE=URL of an own register")
      ->allow_extra_args(false);
  command->add_flag("--offline", init.offline, "do not send the request");
  command->add_flag("--outside-ca", init.outside_authority,
                    "certificates come from an outside authority, by install");
  command->add_option("--tls-key", init.tls_key,
                      "pkcs11: URI of a key in a token; made if missing");
  command->add_option("--seal-key", init.seal_key, "the same, of the seals");
  command->callback([&action] { action = [] { return app::command::init_gateway(init); }; });
}

void add_gateway_install(CLI::App& gateway, Action& action) {
  static app::command::GatewayInstallOptions install;
  auto* command = gateway.add_subcommand("install", "certificates of an outside authority");
  command->add_option("DIR", install.directory, "the gateway's folder")
      ->required()
      ->check(CLI::ExistingDirectory);
  command->add_option("--tls", install.tls, "PEM, with what is between it and the root")
      ->required()
      ->check(CLI::ExistingFile);
  command->add_option("--seal", install.seal, "the same, of the seals")
      ->required()
      ->check(CLI::ExistingFile);
  command->add_flag("--offline", install.offline, "do not send the request");
  command->callback([&action] { action = [] { return app::command::install_gateway(install); }; });
}

void add_gateway(CLI::App& cli, Action& action) {
  static std::filesystem::path config, folder;
  auto* command = cli.add_subcommand("gateway", "an agency's gateway; docs/exchange-onboarding.md");
  command->require_subcommand(0, 1);
  auto* option = command->add_option("--config", config, "JSON file")->check(CLI::ExistingFile);
  command->callback([&action, command, option] {
    if (!command->get_subcommands().empty()) return;
    if (option->empty()) throw CLI::RequiredError("--config");
    action = [] { return app::command::gateway(config); };
  });
  add_gateway_dry_run(*command, action);
  add_gateway_init(*command, action);
  add_gateway_install(*command, action);
  auto* join =
      command->add_subcommand("join", "take certificates and configuration, once approved");
  join->add_option("DIR", folder, "the gateway's folder")
      ->required()
      ->check(CLI::ExistingDirectory);
  join->callback([&action] { action = [] { return app::command::join_gateway(folder); }; });
  static app::command::GatewayRenewOptions renewal;
  auto* renew = command->add_subcommand("renew", "new keys, which a running gateway takes up");
  renew->add_option("DIR", renewal.directory, "the gateway's folder")
      ->required()
      ->check(CLI::ExistingDirectory);
  renew->add_flag("--offline", renewal.offline, "do not send the request");
  renew->callback([&action] { action = [] { return app::command::renew_gateway(renewal); }; });
  static app::command::GatewayDoctorOptions doctor;
  auto* examine = command->add_subcommand("doctor", "every fault, in plain words");
  examine->add_option("PLACE", doctor.place, "the gateway's folder, or its gateway.json")
      ->required()
      ->check(CLI::ExistingPath);
  examine->add_flag("--json", doctor.json, "for programs");
  examine->callback([&action] { action = [] { return app::command::examine_gateway(doctor); }; });
}

void add_witness(CLI::App& cli, Action& action) {
  static app::command::WitnessOptions options;
  auto* command = cli.add_subcommand("witness", "cosigns checkpoints of other ledgers");
  command->add_option("--listen", options.listen, "HOST:PORT")->required();
  command->add_option("--state", options.state, "folder of its key and of what it has seen")
      ->required();
  command->add_option("--name", options.name, "of the witness, e.g. witness.example/w1")
      ->required();
  command->add_option("--logs", options.logs, "policy file; its log lines are the logs it knows")
      ->required()
      ->check(CLI::ExistingFile);
  command
      ->add_option("--rate", options.requests_per_second,
                   "requests a second from one address; 0 = not limited; default 50, mirror 1000")
      ->check(CLI::Range(0, 1'000'000));
  command->add_option("--mirror", options.mirror,
                      "also keep whole copies, cosigned under this name of their own");
  command->callback([&action] { action = [] { return app::command::witness(options); }; });
}

void add_operations(CLI::App& cli, Action& action) {
  static std::filesystem::path config;
  auto* command = cli.add_subcommand("migrate", "bring the database to this program's version");
  command->add_option("--config", config, "TOML file")->required()->check(CLI::ExistingFile);
  command->callback([&action] { action = [] { return app::command::migrate(config); }; });

  command = cli.add_subcommand("doctor", "what is wrong with this node, in plain words");
  command->add_option("--config", config, "TOML file")->required()->check(CLI::ExistingFile);
  command->callback([&action] { action = [] { return app::command::examine_platform(config); }; });

  command = cli.add_subcommand("replay", "rebuild every case from its recorded steps and compare");
  command->add_option("--config", config, "TOML file")->required()->check(CLI::ExistingFile);
  command->callback([&action] { action = [] { return app::command::replay(config); }; });
}

void add_key_tools(CLI::App& cli, Action& action) {
  static app::command::KeysOptions options;
  auto* keys = cli.add_subcommand("keys", "master keys of the platform; docs/keys.md");
  keys->require_subcommand(1);
  const auto tool = [&](const char* name, const char* text,
                        int (*run)(const app::command::KeysOptions&)) {
    auto* command = keys->add_subcommand(name, text);
    command->add_option("--config", options.config, "TOML file")
        ->required()
        ->check(CLI::ExistingFile);
    command->callback([&action, run] { action = [run] { return run(options); }; });
    return command;
  };
  tool("status", "each master key, and how many keys it wraps", &app::command::keys_status);
  tool("rotate", "a new master key takes over; goes on where it was stopped",
       &app::command::rotate_keys)
      ->add_option("--wait", options.wait_seconds, "seconds for running nodes to read the new key")
      ->check(CLI::Range(0, 3600))
      ->capture_default_str();
  tool("retire", "destroy master keys that wrap nothing any more", &app::command::retire_keys)
      ->add_option("--key", options.key, "only this one; its id");
}

void add_registry_key(CLI::App& cli, Action& action) {
  using app::command::RegistryKeyOptions;
  static RegistryKeyOptions options;
  auto* registry = cli.add_subcommand("registry", "tools for the registry of an exchange");
  registry->require_subcommand(1);
  auto* key = registry->add_subcommand("key", "the key that signs its configuration; docs/keys.md");
  key->require_subcommand(1);
  const auto add = [&](const char* name, const char* what, RegistryKeyOptions::Act act) {
    auto* command = key->add_subcommand(name, what);
    command->add_option("--config", options.config, "of minben serve")
        ->required()
        ->check(CLI::ExistingFile);
    command->callback([&action, act] {
      options.act = act;
      action = [] { return app::command::registry_key(options); };
    });
    return command;
  };
  add("status", "which keys there are", RegistryKeyOptions::Act::tell);
  add("announce", "make the next one and say so", RegistryKeyOptions::Act::announce);
  add("change", "sign with the announced one from now on", RegistryKeyOptions::Act::change)
      ->add_flag("--at-once", options.at_once, "though it was announced less than a day ago");
}

void add_simulation(CLI::App& service, Action& action) {
  static app::command::SimulateOptions options;
  auto* command =
      service.add_subcommand("simulate", "how long would cases take? docs/simulation.md");
  command->add_option("PACKAGE", options.package, "folder of the package")
      ->required()
      ->check(CLI::ExistingDirectory);
  command->add_option("--arrivals", options.arrivals, "TOML file: what comes in")->required();
  command->add_option("--staff", options.staff, "TOML file: who works on it")->required();
  auto* other = command->add_option("--compare", options.other, "another package, run likewise")
                    ->check(CLI::ExistingDirectory);
  command->add_option("--staff2", options.other_staff, "its staff; default the same")->needs(other);
  command->add_option("--calendar", options.calendar,
                      "folder of working days; default \"calendar\" beside a package");
  command->add_option("--runs", options.runs, "independent runs")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  command->add_option("--seed", options.seed, "the same seed, the same figures")
      ->capture_default_str();
  command->add_option("--json", options.json, "write every figure to this file");
  command->add_option("--html", options.html, "write a report with charts to this file");
  command->add_option("--svg", options.svg, "write the charts to this folder");
  command->callback([&action] { action = [] { return app::command::simulate_service(options); }; });
}

void add_service_tools(CLI::App& cli, Action& action) {
  static std::filesystem::path package;
  auto* service = cli.add_subcommand("service", "tools for the people who write service packages");
  service->require_subcommand(1);
  for (const auto& [name, text, run] :
       {std::tuple{"check", "every fault, with file and line", &app::command::check_service},
        std::tuple{"test", "play the package's examples", &app::command::test_service}}) {
    auto* command = service->add_subcommand(name, text);
    command->add_option("DIR", package, "folder of the package")
        ->required()
        ->check(CLI::ExistingDirectory);
    command->callback([&action, tool = run] { action = [tool] { return tool(package); }; });
  }
  add_simulation(*service, action);
}

CLI::App* add_rules_tool(CLI::App& rules, app::command::RulesOptions& options,
                         const std::string& name, const std::string& text) {
  auto* command = rules.add_subcommand(name, text);
  command->add_option("MODEL", options.model, "DMN file")->required()->check(CLI::ExistingFile);
  return command;
}

void add_rules_tools(CLI::App& cli, Action& action) {
  static app::command::RulesOptions options;
  auto* rules = cli.add_subcommand("rules", "tools for the people who write rules");
  rules->require_subcommand(1);
  add_rules_tool(*rules, options, "check", "faults, overlaps and gaps, with file and line")
      ->callback([&action] { action = [] { return app::command::check_rules(options); }; });
  add_rules_tool(*rules, options, "test", "play the cases beside the model (*.cases.json)")
      ->callback([&action] { action = [] { return app::command::test_rules(options); }; });
  for (const bool explain : {false, true}) {
    auto* command = explain ? add_rules_tool(*rules, options, "explain", "a decision, and why")
                            : add_rules_tool(*rules, options, "eval", "what a decision gives");
    command->add_option("--decision", options.decision, "name or id")->required();
    command->add_option("--input", options.input,
                        "JSON object of input data; - for standard input");
    command->callback([&action, explain] {
      options.explain = explain;
      action = [] { return app::command::evaluate_rules(options, SystemClock()); };
    });
  }
}

void add_patience(CLI::App& command, std::int64_t& seconds) {
  command
      .add_option("--patience", seconds, "seconds that the quorum may take to cosign what is new")
      ->check(CLI::Range(0, 86400))
      ->capture_default_str();
}

void add_ledger_notices(CLI::App& ledger, Action& action) {
  static app::command::NoticeOptions options;
  const auto tool = [&](const char* name, const char* text) {
    auto* command = ledger.add_subcommand(name, text);
    command->add_option("LOG", options.log, "directory or address of the ledger, or of a copy")
        ->required();
    command->add_option("--ca", options.authorities, "certificate authorities for https")
        ->capture_default_str();
    command
        ->add_option("--key", options.key,
                     "the ledger's public key (vkey), or a file that holds it")
        ->required();
    return command;
  };
  auto* command = tool("anchor", "the newest state as a notice, to be published elsewhere");
  command->add_option("--policy", options.policy, "which witnesses must have cosigned it")
      ->check(CLI::ExistingFile);
  add_patience(*command, options.patience_seconds);
  command->add_option("--out", options.notice, "file to write; default standard output");
  command->callback(
      [&action] { action = [] { return app::command::anchor_ledger(options, SystemClock()); }; });
  command = tool("continues", "does the ledger still begin with what a notice said?");
  command->add_option("--notice", options.notice)->required()->check(CLI::ExistingFile);
  command->callback([&action] { action = [] { return app::command::check_notice(options); }; });
}

void add_verification(CLI::App& cli, Action& action) {
  static app::command::VerifyReceiptOptions options;
  auto* receipt =
      cli.add_subcommand("receipt", "independent checks, offline")->require_subcommand(1);
  auto* command = receipt->add_subcommand("verify", "are these receipts true?");
  command
      ->add_option("FILE", options.receipts,
                   "receipts, or files of all receipts; several of one person are checked together")
      ->required()
      ->check(CLI::ExistingFile);
  auto* trust = command->add_option_group("trust", "at least one of");
  trust->add_option("--key", options.key,
                    "the ledger's public key (vkey), or a file that holds it");
  trust
      ->add_option("--policy", options.policy,
                   "policy file: which witnesses must have cosigned, and the ledger's key")
      ->check(CLI::ExistingFile);
  trust->require_option(1, 2);
  command->callback([&action] { action = [] { return app::command::verify_receipt(options); }; });
}

void add_evidence_tools(CLI::App& cli, Action& action) {
  static app::command::VerifyEvidenceOptions options;
  auto* evidence = cli.add_subcommand("evidence", "containers of evidence; docs/evidence.md")
                       ->require_subcommand(1);
  auto* command = evidence->add_subcommand("verify", "what does this container prove?");
  command->add_option("FILE", options.container, "container (.asice)")
      ->required()
      ->check(CLI::ExistingFile);
  command->add_option("--roots", options.roots, "PEM file: who vouches for gateways' certificates")
      ->check(CLI::ExistingFile);
  command
      ->add_option(
          "--outside-roots", options.outside_roots,
          "PEM file: other authorities, whose certificates the registry says the holder of")
      ->check(CLI::ExistingFile);
  command
      ->add_option("--registry-keys", options.registry_keys,
                   "PEM file: the registry's public key, and former ones")
      ->check(CLI::ExistingFile);
  command->add_option("--ledger-keys", options.ledger_keys, "file with a vkey a line")
      ->check(CLI::ExistingFile);
  command
      ->add_option("--timestamp-roots", options.timestamp_roots,
                   "PEM file: who vouches for timestamp authorities")
      ->check(CLI::ExistingFile);
  command
      ->add_option("--policy", options.policy,
                   "policy file: which witnesses must have cosigned the ledger")
      ->check(CLI::ExistingFile);
  command
      ->add_option("--revocation-lists", options.revocation_lists,
                   "PEM file: lists of revoked certificates, newer than those in the container")
      ->check(CLI::ExistingFile);
  command->callback([&action] { action = [] { return app::command::verify_evidence(options); }; });
}

void add_ledger_verify(CLI::App& ledger, Action& action) {
  static app::command::VerifyLedgerOptions options;
  auto* command = ledger.add_subcommand("verify", "rebuild a ledger from its tiles and compare");
  command->add_option("LOG", options.log, "directory, or address of any C2SP tlog-tiles log")
      ->required();
  auto* trust = command->add_option_group("trust", "at least one of");
  trust->add_option("--key", options.key, "its public key (vkey), or a file that holds it");
  trust
      ->add_option("--policy", options.policy,
                   "policy file: which witnesses must have cosigned, and the ledger's key")
      ->check(CLI::ExistingFile);
  trust->require_option(1, 2);
  add_patience(*command, options.patience_seconds);
  command->add_option("--since", options.since, "a checkpoint seen before, which it must contain")
      ->check(CLI::ExistingFile);
  command->add_option("--remember", options.remember,
                      "write its checkpoint here when all is right");
  command->add_option("--successor", options.successor,
                      "the log that continues this sealed one, checked too");
  command->add_option("--ca", options.authorities, "certificate authorities for https")
      ->capture_default_str();
  command->add_option("--requests", options.requests, "under way at once, for an address")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command->callback([&action] { action = [] { return app::command::verify_ledger(options); }; });
}

void add_ledger_watch(CLI::App& ledger, Action& action) {
  static app::command::WatchLedgerOptions options;
  auto* command = ledger.add_subcommand("watch", "do logs only grow, and show one history?");
  command->add_option("LOG", options.logs, "directories and addresses")->required();
  command->add_option("--state", options.state, "folder for what was seen")->required();
  command->add_option("--key", options.keys, "vkey or file, one a LOG in the same order");
  command->add_option("--policy", options.policy, "policy file: which witnesses must have cosigned")
      ->check(CLI::ExistingFile);
  add_patience(*command, options.patience_seconds);
  command->add_option("--stale", options.stale_seconds, "seconds without growth that are alarming")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--every", options.pause_seconds, "seconds between looks")
      ->check(CLI::Range(1, 86400))
      ->capture_default_str();
  command->add_flag("--once", options.once,
                    "one look; exit status 1 on an alarm, 2 if unreachable");
  command->add_option("--ca", options.authorities, "certificate authorities for https")
      ->capture_default_str();
  command->callback([&action] { action = [] { return app::command::watch_ledgers(options); }; });
}

void add_ledger_serve(CLI::App& ledger, Action& action) {
  static app::command::ServeLedgerOptions options;
  auto* command = ledger.add_subcommand("serve", "a log of its own, for all to read");
  command->add_option("--dir", options.directory, "where it lies; made when missing")->required();
  command->add_option("--origin", options.origin, "its name, e.g. log.example/2026")->required();
  command->add_option("--listen", options.listen, "HOST:PORT")->required();
  command->add_option("--key-file", options.key, "private key; default DIR.key.pem");
  command->add_option("--token-file", options.token, "whoever knows this token may POST /add")
      ->check(CLI::ExistingFile);
  command->add_option("--ready-file", options.ready_file, "written once it answers");
  command->callback([&action] { action = [] { return app::command::serve_ledger(options); }; });
}

void add_ledger_seal(CLI::App& ledger, Action& action) {
  static app::command::SealLedgerOptions options;
  auto* command = ledger.add_subcommand("seal", "end a log and begin its successor");
  command->add_option("DIR", options.directory)->required()->check(CLI::ExistingDirectory);
  command->add_option("--key-file", options.key, "private key; default DIR.key.pem");
  command->add_option("--successor", options.successor, "its directory")->required();
  command->add_option("--successor-origin", options.successor_origin, "its name")->required();
  command->add_option("--successor-key-file", options.successor_key,
                      "its private key, made when missing; default beside its directory");
  command->callback([&action] { action = [] { return app::command::seal_ledger(options); }; });
}

void add_ledger_rotate(CLI::App& ledger, Action& action) {
  static app::command::RotateLedgerOptions options;
  auto* command = ledger.add_subcommand("rotate", "a ledger goes on with a new key");
  auto* config = command->add_option_group("of what");
  auto* platform = config->add_option("--config", options.config, "of minben serve");
  platform->check(CLI::ExistingFile);
  config->add_option("--gateway", options.gateway, "a gateway's: makes its next key only")
      ->check(CLI::ExistingFile);
  config->require_option(1);
  command->add_flag("--prepare", options.prepare, "only make the key, for all nodes to get")
      ->needs(platform);
  command->callback([&action] { action = [] { return app::command::rotate_ledger(options); }; });
}

void add_ledger_mirror(CLI::App& ledger, Action& action) {
  static app::command::MirrorLedgerOptions options;
  auto* command = ledger.add_subcommand("mirror", "take a log's entries to mirrors");
  command->add_option("LOG", options.log, "directory, or address of any C2SP tlog-tiles log")
      ->required();
  command->add_option("--key", options.key, "its public key (vkey), or a file that holds it")
      ->required();
  command->add_option("--to", options.mirrors, "addresses (submission prefixes) of the mirrors")
      ->required();
  command
      ->add_option("--mirror-key", options.mirror_keys,
                   "vkey or file, one a mirror in the same order")
      ->required();
  command
      ->add_option("--every", options.pause_seconds,
                   "look for new entries again after so many seconds; 0 = once")
      ->check(CLI::Range(0, 86400))
      ->capture_default_str();
  command->add_option("--ca", options.authorities, "certificate authorities for https")
      ->capture_default_str();
  command->callback([&action] { action = [] { return app::command::mirror_ledger(options); }; });
}

void add_ledger_tools(CLI::App& cli, Action& action) {
  auto* ledger = cli.add_subcommand("ledger", "tools for transparency logs; docs/ledger.md");
  ledger->require_subcommand(1);
  add_ledger_verify(*ledger, action);
  add_ledger_watch(*ledger, action);
  add_ledger_mirror(*ledger, action);
  add_ledger_serve(*ledger, action);
  add_ledger_seal(*ledger, action);
  add_ledger_rotate(*ledger, action);
  add_ledger_notices(*ledger, action);
}

}  // namespace

int main(int argc, char** argv) {
  keep_memory_small();
  allow_many_connections();
  documents::use_fonts(app::program_directory() / "share" / "fonts");
  CLI::App cli("Minben 民本: a service-oriented smart government");
  cli.require_subcommand(1);
  Action action;
  add_running(cli, action);
  add_gateway(cli, action);
  add_witness(cli, action);
  add_operations(cli, action);
  add_key_tools(cli, action);
  add_registry_key(cli, action);
  app::add_client_tools(cli, action);
  app::add_openid_tools(cli, action);
  app::add_mydata_tools(cli, action);
  app::add_harvest_tools(cli, action);
  app::add_quality_tools(cli, action);
  add_service_tools(cli, action);
  add_rules_tools(cli, action);
  add_verification(cli, action);
  add_evidence_tools(cli, action);
  add_ledger_tools(cli, action);
  CLI11_PARSE(cli, argc, argv);
  return action();
}
