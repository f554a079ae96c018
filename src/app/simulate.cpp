// minben service simulate: what would change if the service, its staff or its demand changed?
#include <chrono>
#include <filesystem>

#include <fmt/core.h>
#include <spdlog/spdlog.h>

#include "commands.hpp"
#include "demo/plan.hpp"
#include "files.hpp"
#include "logging.hpp"
#include "progress_line.hpp"
#include "simulation/report.hpp"
#include "simulation/simulation.hpp"

namespace minben::app::command {

namespace fs = std::filesystem;
using simulation::Arrivals;
using simulation::Variant;

namespace {

int report_faults(const Errors& faults) {
  for (const Error& fault : faults) fmt::print(stderr, "{}\n", describe(fault));
  return 2;
}

fs::path folder_of(const fs::path& package) {
  const auto path = fs::absolute(package).lexically_normal();
  return path.filename().empty() ? path.parent_path() : path;
}

std::expected<casework::PackagePtr, Errors> load_package(const fs::path& folder) {
  const auto path = folder_of(folder);
  const auto code = ServiceCode::parse(path.filename().string());
  if (!code) return std::unexpected(Errors{code.error()});
  const auto files = casework::read_package_files(path);
  if (!files) return std::unexpected(Errors{files.error()});
  auto built = casework::build_package(*code, *files, demo::known_agencies());
  if (built) return *built;
  Errors faults = std::move(built.error());
  for (Error& fault : faults) fault.field = (folder / fault.field).string();
  return std::unexpected(std::move(faults));
}

std::expected<Variant, Errors> load_variant(const fs::path& package, const std::string& staff) {
  auto loaded = load_package(package);
  if (!loaded) return std::unexpected(std::move(loaded.error()));
  const auto text = read_file(staff);
  if (!text) return std::unexpected(Errors{text.error()});
  auto read = simulation::read_staff(*text, staff);
  if (!read) return std::unexpected(std::move(read.error()));
  return Variant{std::move(*loaded), std::move(*read)};
}

std::expected<Arrivals, Errors> load_arrivals(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return std::unexpected(Errors{text.error()});
  return simulation::read_arrivals(*text, path);
}

std::expected<casework::Calendar, Errors> load_calendar(const SimulateOptions& options) {
  if (!options.calendar.empty()) return casework::Calendar::load(options.calendar);
  for (const auto& package : {options.package, options.other}) {
    if (package.empty()) continue;
    const auto folder = folder_of(package).parent_path() / "calendar";
    if (fs::is_directory(folder)) return casework::Calendar::load(folder);
  }
  return std::unexpected(Errors{{Kind::not_found, "no_calendar",
                                 "no folder \"calendar\" beside the package; name one with "
                                 "--calendar",
                                 options.package.string(), 0, 0}});
}

std::string bar(int done, int all) {
  const int filled = done * 30 / all;
  return fmt::format("{:#<{}}{:.<{}} run {} of {}", "", filled, "", 30 - filled, done, all);
}

template <class Found>
Result<void> write_files(const SimulateOptions& options, const Found& found,
                         const simulation::Provenance& provenance) {
  if (!options.json.empty()) {
    const auto json = write_json_pretty(simulation::to_json(found, provenance));
    MINBEN_CHECK(write_file(options.json, json + "\n"));
  }
  if (!options.html.empty()) {
    MINBEN_CHECK(write_file(options.html, simulation::to_html(found, provenance)));
  }
  if (options.svg.empty()) return {};
  std::error_code failed;
  fs::create_directories(options.svg, failed);
  for (const auto& [name, drawing] : simulation::to_svg(found)) {
    MINBEN_CHECK(write_file(options.svg / (name + ".svg"), drawing));
  }
  return {};
}

template <class Found>
int show(const SimulateOptions& options, const Found& found,
         const simulation::Provenance& provenance) {
  fmt::print("{}", simulation::to_text(found, provenance));
  const auto written = write_files(options, found, provenance);
  return written ? 0 : report_faults({written.error()});
}

struct Loaded {
  Arrivals arrivals;
  casework::Calendar calendar;
  std::vector<Variant> variants;
};

std::expected<Loaded, Errors> load(const SimulateOptions& options) {
  auto arrivals = load_arrivals(options.arrivals);
  if (!arrivals) return std::unexpected(std::move(arrivals.error()));
  auto calendar = load_calendar(options);
  if (!calendar) return std::unexpected(std::move(calendar.error()));
  Loaded loaded{std::move(*arrivals), std::move(*calendar), {}};
  auto first = load_variant(options.package, options.staff);
  if (!first) return std::unexpected(std::move(first.error()));
  loaded.variants.push_back(std::move(*first));
  if (!options.other.empty()) {
    const auto& staff = options.other_staff.empty() ? options.staff : options.other_staff;
    auto second = load_variant(options.other, staff);
    if (!second) return std::unexpected(std::move(second.error()));
    loaded.variants.push_back(std::move(*second));
  }
  std::vector<casework::PackagePtr> sharing;
  if (options.other_staff.empty()) {
    for (const Variant& variant : loaded.variants) sharing.push_back(variant.package);
  }
  Errors faults;
  for (const Variant& variant : loaded.variants) {
    for (auto& fault : simulation::check_inputs(variant, loaded.arrivals, sharing)) {
      faults.push_back(std::move(fault));
    }
  }
  if (!faults.empty()) return std::unexpected(std::move(faults));
  return loaded;
}

}  // namespace

int simulate_service(const SimulateOptions& options) {
  set_up_logging("service");
  spdlog::set_level(spdlog::level::err);
  const auto loaded = load(options);
  if (!loaded) return report_faults(loaded.error());
  SeededRandom random(options.seed);
  const auto keys = simulation::run_keys(random, options.runs);
  simulation::Provenance provenance{options.seed, {options.arrivals, options.staff}};
  if (!options.other_staff.empty()) provenance.files.push_back(options.other_staff);
  std::vector<simulation::Report> reports;
  const auto begin = std::chrono::steady_clock::now();
  {
    ProgressLine line;
    const int all = options.runs * static_cast<int>(loaded->variants.size());
    int done = 0;
    const auto step = [&](int) {
      ++done;
      line.show([&] { return bar(done, all); });
    };
    for (const Variant& variant : loaded->variants) {
      auto report = simulation::simulate(variant, loaded->arrivals, loaded->calendar, keys, step);
      if (!report) return report_faults({report.error()});
      reports.push_back(std::move(*report));
    }
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::int64_t cases = 0;
  for (const auto& report : reports) cases += report.totals.all_cases;
  const int status =
      reports.size() == 1
          ? show(options, reports.front(), provenance)
          : show(options, simulation::compare(std::move(reports[0]), std::move(reports[1])),
                 provenance);
  // Beside the report: the same seed prints the same report.
  fmt::print(stderr, "{} cases in {:.1f} s, {:.0f} a second\n", cases, took.count(),
             static_cast<double>(cases) / took.count());
  return status;
}

}  // namespace minben::app::command
