#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <boost/json/object.hpp>

#include "package_parts.hpp"
#include "store/store.hpp"

namespace minben::casework {

namespace {

using store::Query;

constexpr Query insert_package{
    "casework_insert_package",
    "insert into casework.package (digest, service, files, first_served) values ($1, $2, $3, $4)"
    " on conflict (digest) do nothing"};
constexpr Query find_package{"casework_find_package",
                             "select service, files from casework.package where digest = $1"};

constexpr Query list_pinned{
    "casework_list_pinned",
    "select distinct package_digest from casework.application where ended is null"};

Json files_to_json(const PackageFiles& files) {
  JsonObject object;
  for (const auto& [name, content] : files) object[name] = content;
  return object;
}

PackageFiles files_from_json(const Json& json) {
  PackageFiles files;
  for (const auto& [name, content] : json.as_object()) {
    files.emplace(std::string(name), std::string(content.as_string()));
  }
  return files;
}

/// Paths, sizes and times of change: equal means that nothing was edited.
std::string signature_of(const std::filesystem::path& directory) {
  namespace fs = std::filesystem;
  std::map<std::string, std::string> parts;
  std::error_code failed;
  for (fs::recursive_directory_iterator entry(directory, failed), end; entry != end && !failed;
       entry.increment(failed)) {
    if (!entry->is_regular_file(failed)) continue;
    const auto changed = entry->last_write_time(failed).time_since_epoch().count();
    parts[entry->path().string()] = fmt::format("{}@{}", entry->file_size(failed), changed);
  }
  std::string text;
  for (const auto& [path, part] : parts) text += fmt::format("{}:{};", path, part);
  return hex_encode(sha256(text));
}

}  // namespace

struct Packages::Impl {
  Impl(store::Database& used, std::filesystem::path folder, KnownAgencies known)
      : database(used), root(std::move(folder)), agencies(std::move(known)) {}

  struct Service {
    std::string signature;
    PackagePtr serving;  ///< null while there never was a sound version
    Errors faults;
  };

  store::Database& database;
  const std::filesystem::path root;
  const KnownAgencies agencies;
  bool pinned_are_loaded = false;  ///< guarded by `reloading`
  std::mutex reloading;            ///< one reload at a time; readers do not wait for it
  mutable std::mutex guard;
  std::map<ServiceCode, Service> services;
  std::map<std::string, PackagePtr, std::less<>> by_digest;
  std::jthread watcher;  ///< last: it stops before what it uses goes away

  std::vector<ServiceCode> folders() const;
  std::expected<PackagePtr, Errors> load(const ServiceCode& code,
                                         const std::filesystem::path& folder);
  void refresh(const ServiceCode& code);
  void forget_missing(const std::vector<ServiceCode>& present);
  void keep(const PackagePtr& package);
};

std::vector<ServiceCode> Packages::Impl::folders() const {
  std::vector<ServiceCode> found;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(root, failed)) {
    auto code = ServiceCode::parse(entry.path().filename().string());
    if (code && std::filesystem::exists(entry.path() / "service.toml"))
      found.push_back(std::move(*code));
  }
  return found;
}

std::expected<PackagePtr, Errors> Packages::Impl::load(const ServiceCode& code,
                                                       const std::filesystem::path& folder) {
  const auto files = read_package_files(folder);
  if (!files) return std::unexpected(Errors{files.error()});
  auto package = build_package(code, *files, agencies);
  if (!package) return package;
  // Kept before it is served: a case must never be pinned to a version that is not in the database.
  const auto kept = database.run(insert_package, (*package)->digest, code, files_to_json(*files),
                                 database.clock().now());
  if (!kept) return std::unexpected(Errors{kept.error()});
  return package;
}

void Packages::Impl::keep(const PackagePtr& package) {
  const std::lock_guard lock(guard);
  by_digest[package->digest] = package;
}

void Packages::Impl::refresh(const ServiceCode& code) {
  const auto folder = root / code.value;
  const auto signature = signature_of(folder);
  {
    const std::lock_guard lock(guard);
    const auto known = services.find(code);
    if (known != services.end() && known->second.signature == signature) return;
  }
  auto loaded = load(code, folder);
  if (loaded) keep(*loaded);
  const std::lock_guard lock(guard);
  auto& service = services[code];
  service.signature = signature;
  service.faults.clear();
  if (loaded) {
    service.serving = std::move(*loaded);
    return;
  }
  service.faults = std::move(loaded.error());
  for (auto& fault : service.faults) fault.field = fmt::format("{}/{}", code.value, fault.field);
}

void Packages::Impl::forget_missing(const std::vector<ServiceCode>& present) {
  const std::lock_guard lock(guard);
  std::erase_if(services, [&](const auto& entry) {
    return std::ranges::find(present, entry.first) == present.end();
  });
}

Packages::Packages(store::Database& database, std::filesystem::path root, KnownAgencies agencies)
    : impl_(std::make_unique<Impl>(database, std::move(root), std::move(agencies))) {}
Packages::~Packages() {
  if (!impl_->watcher.joinable()) return;
  impl_->watcher.request_stop();
  impl_->watcher.join();  // it calls back into this object
}

Errors Packages::reload() {
  const std::lock_guard one(impl_->reloading);
  const auto present = impl_->folders();
  for (const auto& code : present) impl_->refresh(code);
  impl_->forget_missing(present);
  if (!impl_->pinned_are_loaded) impl_->pinned_are_loaded = load_pinned();
  return faults();
}

/// Older versions that open cases need, read before anybody asks: by_digest() takes a connection of
/// its own, which somebody inside a transaction should not have to wait for.
bool Packages::load_pinned() const {
  const auto rows = impl_->database.run(list_pinned);
  if (!rows) return false;
  for (const auto row : *rows) {
    const auto package = by_digest(row.text("package_digest"));
    if (!package) spdlog::error("casework.package {}", describe(package.error()));
  }
  return true;
}

std::vector<PackagePtr> Packages::all() const {
  const std::lock_guard lock(impl_->guard);
  std::vector<PackagePtr> list;
  for (const auto& [code, service] : impl_->services) {
    if (service.serving) list.push_back(service.serving);
  }
  return list;
}

Result<PackagePtr> Packages::newest(const ServiceCode& code) const {
  const std::lock_guard lock(impl_->guard);
  const auto found = impl_->services.find(code);
  if (found == impl_->services.end() || !found->second.serving) {
    return fail(Kind::not_found, "unknown_service", code.value);
  }
  return found->second.serving;
}

Result<PackagePtr> Packages::by_digest(std::string_view digest) const {
  {
    const std::lock_guard lock(impl_->guard);
    if (const auto found = impl_->by_digest.find(digest); found != impl_->by_digest.end()) {
      return found->second;
    }
  }
  MINBEN_TRY(rows, impl_->database.run(find_package, digest));
  if (rows.empty()) return fail(Kind::not_found, "unknown_package", digest);
  MINBEN_TRY(code, ServiceCode::parse(rows.front().text("service")));
  auto package = build_package(code, files_from_json(rows.front().json("files")), impl_->agencies);
  if (!package) return fail(Kind::internal, "package_unusable", describe(package.error().front()));
  impl_->keep(*package);
  return *package;
}

void Packages::watch(milliseconds interval) {
  MINBEN_ASSERT(!impl_->watcher.joinable());
  impl_->watcher = std::jthread([this, interval](const std::stop_token& stop) {
    Errors known = faults();
    std::mutex asleep;
    std::unique_lock lock(asleep);
    std::condition_variable_any wake;
    while (!wake.wait_for(lock, stop, interval, [&] { return stop.stop_requested(); })) {
      auto found = reload();
      if (found == known) continue;
      for (const auto& fault : found) spdlog::error("package fault: {}", describe(fault));
      known = std::move(found);
    }
  });
}

Errors Packages::faults() const {
  const std::lock_guard lock(impl_->guard);
  Errors all;
  for (const auto& [code, service] : impl_->services) {
    all.insert(all.end(), service.faults.begin(), service.faults.end());
  }
  return all;
}

}  // namespace minben::casework
