#include "quality_tools.hpp"

#include <CLI/CLI.hpp>

#include "open_data.hpp"
#include "with_database.hpp"

namespace minben::app {

namespace {

using catalogue::Entry;
using quality::Quality;
using quality::Report;

struct Options {
  std::filesystem::path config;
  std::string dataset;
};

/// Does `work` with the room; its status is the command's.
template <class Work>
int with_quality(const Options& options, Work&& work) {
  return with_database(
      options.config,
      [&](const Config& config, store::Database& database, const Clock& clock) -> Result<int> {
        SystemRandom random;
        const catalogue::Catalogue catalogue(clock, random);
        datastore::Config tables;
        tables.directory = config.state / "tables";
        MINBEN_TRY(datastore, datastore::Datastore::open(tables, database, clock, random));
        const Quality quality({database, catalogue, *datastore, clock, random},
                              quality_settings(config));
        return work(quality, catalogue, database);
      });
}

Result<Report> report_of(const Quality& quality, const catalogue::Catalogue& catalogue,
                         store::Database& database, const std::string& name) {
  return database.separately([&](store::Transaction& tx) -> Result<Report> {
    MINBEN_TRY(entry, catalogue.find(tx, std::string_view(name)));
    return quality.report(tx, entry);
  });
}

void print(const Report& report) {
  fmt::print("version {}{}: {}; MQA {} of {}; {} addresses, {} broken\n", report.version,
             report.checking ? " (being checked)" : "",
             report.badge ? to_string(*report.badge) : "not checked yet", report.mqa.total,
             quality::mqa_most, report.links.size(), report.broken);
  for (const quality::Criterion& each : report.judged.criteria)
    fmt::print("  {} {} (for {})\n", to_string(each.finding), each.code,
               to_string(each.needed_for));
  for (const quality::Link& link : report.links) {
    fmt::print("  {} {} {}\n", to_string(link.state), to_string(link.kind), link.url);
    for (const quality::Evidence& each : link.evidence)
      if (!each.reason.empty())
        fmt::print("    {} {}: {}; expected \"{}\", found \"{}\"\n", each.criterion,
                   to_string(each.finding), each.reason, each.expected, each.found);
  }
}

/// One dataset, or everything that is due, in this process; a running platform helps.
Result<int> run(const Quality& quality, const catalogue::Catalogue& catalogue,
                store::Database& database, const Options& options) {
  MINBEN_CHECK(quality.follow());
  if (!options.dataset.empty())
    MINBEN_CHECK(database.transact([&](store::Transaction& tx) -> Result<void> {
      MINBEN_TRY(entry, catalogue.find(tx, std::string_view(options.dataset)));
      return quality.ask(tx, entry.dataset.id);
    }));
  int count = 0;
  while (true) {
    MINBEN_TRY(worked, quality.work_once());
    if (!worked) break;
    ++count;
  }
  fmt::print("{} addresses were asked\n", count);
  if (options.dataset.empty()) return 0;
  MINBEN_TRY(report, report_of(quality, catalogue, database, options.dataset));
  print(report);
  return 0;
}

Result<int> status(const Quality& quality, const catalogue::Catalogue& catalogue,
                   store::Database& database, const Options& options) {
  if (!options.dataset.empty()) {
    MINBEN_TRY(report, report_of(quality, catalogue, database, options.dataset));
    print(report);
    return 0;
  }
  MINBEN_TRY(now,
             database.separately([&](store::Transaction& tx) { return quality.standing(tx); }));
  fmt::print(
      "{} datasets, {} being checked; {} addresses, {} broken; {} due, the oldest for {} "
      "minutes\n",
      now.datasets, now.checking, now.links, now.broken, now.due, now.late_minutes);
  return 0;
}

}  // namespace

void add_quality_tools(CLI::App& cli, Action& action) {
  static Options options;
  auto* quality = cli.add_subcommand("quality", "checks of what is published; docs/quality.md");
  quality->require_subcommand(1);
  using Tool = Result<int> (*)(const Quality&, const catalogue::Catalogue&, store::Database&,
                               const Options&);
  const auto tool = [&](const char* name, const char* text, Tool work) {
    auto* command = quality->add_subcommand(name, text);
    command->add_option("--config", options.config, "of minben serve")
        ->required()
        ->check(CLI::ExistingFile);
    command->add_option("DATASET", options.dataset, "its name; otherwise all");
    command->callback([&action, work] {
      action = [work] {
        return with_quality(options,
                            [work](const Quality& room, const auto& catalogue, auto& database) {
                              return work(room, catalogue, database, options);
                            });
      };
    });
  };
  tool("run", "check a dataset again at once, or everything that is due", &run);
  tool("status", "what is known of a dataset, or how far behind the checks are", &status);
}

}  // namespace minben::app
