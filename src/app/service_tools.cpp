// minben service check, minben service test: for the people who write packages.
#include <filesystem>

#include <fmt/core.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "casework/package.hpp"
#include "commands.hpp"
#include "demo/plan.hpp"
#include "logging.hpp"
#include "store/store.hpp"

namespace minben::app::command {

namespace fs = std::filesystem;

namespace {

using demo::known_agencies;

/// A database that lives as long as the command, in a directory that its server can reach.
class Scratch {
 public:
  Scratch() {
    std::string name = (fs::temp_directory_path() / "minben-service-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
    fs::permissions(path_, fs::perms::owner_all | fs::perms::others_exec);
  }
  ~Scratch() {
    cluster_.reset();
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  Result<std::string> open() {  ///< the database's URL
    store::ClusterConfig config;
    config.directory = path_ / "postgres";
    config.durable = false;
    config.outlive_owner = false;
    MINBEN_TRY(cluster, store::Cluster::start(config));
    cluster_ = std::move(cluster);
    MINBEN_CHECK(cluster_->create_database("minben"));
    return cluster_->url();
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  std::unique_ptr<store::Cluster> cluster_;
};

Result<std::vector<casework::ExampleResult>> play(const fs::path& package) {
  const fs::path calendars = fs::absolute(package).lexically_normal().parent_path() / "calendar";
  auto calendar = casework::Calendar::load(calendars);
  if (!calendar) return fail(calendar.error().front());
  Scratch scratch;
  MINBEN_TRY(url, scratch.open());
  fs::create_directories(scratch.path() / "documents");
  return casework::test_package(package, known_agencies(), *calendar, url,
                                scratch.path() / "documents");
}

}  // namespace

int check_service(const fs::path& package) {
  set_up_logging("service");
  spdlog::set_level(spdlog::level::err);
  const Errors faults = casework::check_package(package, known_agencies());
  for (const Error& fault : faults) fmt::print("{}\n", describe(fault));
  if (faults.empty()) fmt::print("{}: no faults\n", package.string());
  else fmt::print("{} fault{}\n", faults.size(), faults.size() == 1 ? "" : "s");
  return faults.empty() ? 0 : 1;
}

int test_service(const fs::path& package) {
  set_up_logging("service");
  spdlog::set_level(spdlog::level::err);
  if (!casework::check_package(package, known_agencies()).empty()) return check_service(package);
  const auto results = play(package);
  if (!results) {
    fmt::print(stderr, "{}\n", describe(results.error()));
    return 2;
  }
  std::size_t passed = 0;
  for (const casework::ExampleResult& result : *results) {
    fmt::print("{}  {}: {}\n", result.failures.empty() ? "pass" : "FAIL", result.file,
               result.title);
    for (const Error& failure : result.failures) fmt::print("      {}\n", describe(failure));
    passed += result.failures.empty();
  }
  fmt::print("passed {} of {}\n", passed, results->size());
  return passed == results->size() && passed > 0 ? 0 : 1;
}

}  // namespace minben::app::command
