#include "harvest_tools.hpp"

#include <CLI/CLI.hpp>

#include "files.hpp"
#include "harvest/harvest.hpp"
#include "open_data.hpp"
#include "progress_line.hpp"
#include "with_database.hpp"

namespace minben::app {

namespace {

using harvest::Harvester;
using harvest::Run;

struct Options {
  std::filesystem::path config;
  std::string source = "data.gov.tw";
  std::filesystem::path file;
  std::string state = "failed";
  bool dry = false;
};

constexpr std::string_view asked_by = "command";

std::string text_of(const Run& run) {
  const harvest::Counts& c = run.counts;
  return fmt::format(
      "{}{}: {} seen, {} created, {} changed, {} unchanged, {} failed, {} withdrawn; "
      "{} requests, {} bytes{}{}",
      to_string(run.state), run.dry ? " (dry)" : "", c.seen, c.created, c.changed, c.unchanged,
      c.failed, c.withdrawn, c.requests, c.bytes, run.code.empty() ? "" : "; ",
      run.detail.empty() ? run.code : run.detail);
}
void print(const Run& run) { fmt::print("{}\n", text_of(run)); }

/// `work` with what tells its progress, which is wiped away before the result is printed.
template <class Work>
Result<Run> with_progress(Work&& work) {
  ProgressLine line(ProgressLine::InLogs::now_and_then);
  return work([&](const Run& run) { line.show([&] { return text_of(run); }); });
}

/// Does `work` with the harvester; its status is the command's.
template <class Work>
int with_harvester(const Options& options, Work&& work) {
  store::DatabaseConfig settings;
  settings.statement_timeout_ms = milliseconds{120'000};  // deleting old runs of large sources
  return with_database(
      options.config,
      [&](const Config& config, store::Database& database, const Clock& clock) -> Result<int> {
        SystemRandom random;
        const catalogue::Catalogue catalogue(clock, random);
        MINBEN_TRY(wanted, harvest_settings(config));
        const Harvester harvester(database, catalogue, clock, random, std::move(wanted));
        return work(harvester, database);
      },
      settings);
}

Result<Run> newest(const Harvester& harvester, store::Transaction& tx, const Options& options) {
  const harvest::SourceCode code{options.source};
  MINBEN_CHECK(harvester.source(tx, code));
  MINBEN_TRY(runs, harvester.runs(tx, code, 1));
  if (runs.empty()) return fail(Kind::not_found, "no_run", "nothing was harvested from it yet");
  return std::move(runs.front());
}

int status_of(const Run& run) {
  print(run);
  return run.state == harvest::RunState::done ? 0 : 1;
}

Result<int> list(const Harvester& harvester, store::Database& database, const Options&) {
  MINBEN_TRY(all, database.transact([&](auto& tx) { return harvester.sources(tx); }));
  for (const harvest::SourceStatus& each : all) {
    const auto& next = each.source.next_run_at;
    fmt::print("{}  {}  {}  {}  next {}\n", each.source.code.value, to_string(each.source.kind),
               each.source.active ? "active" : "off", each.source.url,
               each.source.active && next ? to_string(*next) : "by hand");
    if (each.last) print(*each.last);
  }
  return 0;
}

Result<int> add(const Harvester& harvester, store::Database& database, const Options& options) {
  MINBEN_TRY(text, read_file(options.file));
  MINBEN_TRY(json, parse_json(text));
  const auto source = harvest::source_from_json(json);
  if (!source) {
    for (const Error& each : source.error()) fmt::print(stderr, "{}\n", describe(each));
    return 1;
  }
  MINBEN_CHECK(database.transact([&](auto& tx) { return harvester.save(tx, *source); }));
  fmt::print("{} is kept; look at `run --dry`, then `activate`\n", source->code.value);
  return 0;
}

Result<int> activate(const Harvester& harvester, store::Database& database,
                     const Options& options) {
  MINBEN_CHECK(database.transact(
      [&](auto& tx) { return harvester.activate(tx, harvest::SourceCode{options.source}); }));
  return 0;
}

Result<int> deactivate(const Harvester& harvester, store::Database& database,
                       const Options& options) {
  MINBEN_CHECK(database.transact(
      [&](auto& tx) { return harvester.deactivate(tx, harvest::SourceCode{options.source}); }));
  return 0;
}

/// A run that waits or was left by its process goes on.
Result<int> run(const Harvester& harvester, store::Database& database, const Options& options) {
  MINBEN_TRY(begun, database.transact([&](store::Transaction& tx) -> Result<Run> {
    const auto last = newest(harvester, tx, options);
    if (last && !last->over() && last->dry == options.dry) return last;
    return harvester.begin(tx, harvest::SourceCode{options.source}, options.dry, asked_by);
  }));
  MINBEN_TRY(over, with_progress(
                       [&](const auto& progress) { return harvester.finish(begun.id, progress); }));
  return status_of(over);
}

Result<int> stop(const Harvester& harvester, store::Database& database, const Options& options) {
  MINBEN_TRY(asked, database.transact([&](store::Transaction& tx) -> Result<Run> {
    MINBEN_TRY(last, newest(harvester, tx, options));
    return harvester.stop(tx, last.id);
  }));
  print(asked);
  return 0;
}

Result<int> accept(const Harvester& harvester, store::Database& database, const Options& options) {
  MINBEN_TRY(accepted, database.transact([&](store::Transaction& tx) -> Result<Run> {
    MINBEN_TRY(last, newest(harvester, tx, options));
    return harvester.accept(tx, last.id);
  }));
  MINBEN_TRY(over, with_progress([&](const auto& progress) {
               return harvester.finish(accepted.id, progress);
             }));
  return status_of(over);
}

Result<int> status(const Harvester& harvester, store::Database& database, const Options& options) {
  std::optional<harvest::ObjectState> state;
  for (int i = 0; i <= static_cast<int>(harvest::ObjectState::withdrawn); ++i)
    if (to_string(static_cast<harvest::ObjectState>(i)) == options.state)
      state = static_cast<harvest::ObjectState>(i);
  return database.transact([&](store::Transaction& tx) -> Result<int> {
    MINBEN_TRY(last, newest(harvester, tx, options));
    print(last);
    MINBEN_TRY(objects, harvester.objects(tx, last.id, state, 100));
    for (const harvest::Object& each : objects)
      fmt::print("  {} {} {} {}\n", to_string(each.state), each.identifier, each.detail,
                 each.diff.is_null() ? "" : write_json(each.diff));
    return 0;
  });
}

/// The national list's source is made when it is missing.
Result<int> import(const Harvester& harvester, store::Database& database, const Options& options) {
  const harvest::SourceCode code{options.source};
  MINBEN_CHECK(database.transact([&](store::Transaction& tx) -> Result<void> {
    if (const auto there = harvester.source(tx, code)) return {};
    harvest::Source made;
    made.code = code;
    made.title = {"政府資料開放平臺", "Government open data platform"};
    made.kind = harvest::SourceKind::national;
    made.every_hours = 0;
    made.trusted = true;
    return harvester.save(tx, made);
  }));
  MINBEN_TRY(over, with_progress([&](const auto& progress) {
               return harvester.import(code, options.file, asked_by, progress);
             }));
  return status_of(over);
}

}  // namespace

void add_harvest_tools(CLI::App& cli, Action& action) {
  static Options options;
  auto* harvest = cli.add_subcommand("harvest", "catalogues of others; docs/harvest.md");
  harvest->require_subcommand(1);
  using Tool = Result<int> (*)(const Harvester&, store::Database&, const Options&);
  const auto tool = [&](const char* name, const char* text, Tool work, bool of_source) {
    auto* command = harvest->add_subcommand(name, text);
    command->add_option("--config", options.config, "of minben serve")
        ->required()
        ->check(CLI::ExistingFile);
    if (of_source) command->add_option("SOURCE", options.source, "its code")->required();
    command->callback([&action, work] {
      action = [work] {
        return with_harvester(options, [work](const Harvester& harvester, auto& database) {
          return work(harvester, database, options);
        });
      };
    });
    return command;
  };
  tool("list", "all sources, their last and next runs", &list, false);
  tool("add", "keep a source, or change it", &add, false)
      ->add_option("FILE", options.file, "JSON, docs/harvest.md")
      ->required()
      ->check(CLI::ExistingFile);
  tool("activate", "switch a source on, after a dry run", &activate, true);
  tool("deactivate", "switch a source off", &deactivate, true);
  tool("run", "harvest now", &run, true)
      ->add_flag("--dry", options.dry, "only say what would change");
  tool("stop", "end the run under way", &stop, true);
  tool("accept", "let a held run withdraw what is gone", &accept, true);
  tool("status", "the last run", &status, true)
      ->add_option("--objects", options.state,
                   "waiting, created, changed, unchanged, failed, withdrawn, or all")
      ->capture_default_str();
  auto* load = tool("import", "a national export or JSON lines, at once", &import, false);
  load->add_option("FILE", options.file)->required()->check(CLI::ExistingFile);
  load->add_option("--source", options.source, "whose file it is")->capture_default_str();
}

}  // namespace minben::app
