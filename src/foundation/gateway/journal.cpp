#include "journal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "ledger/succession.hpp"
#include "witnessed.hpp"

namespace minben::gateway {

namespace {

namespace fs = std::filesystem;
constexpr std::string_view fresh_suffix = ".new";
constexpr std::string_view ready_suffix = ".usage";

std::unexpected<Error> disk_failure(const fs::path& path) {
  return fail(Kind::unavailable, "usage_not_recorded", std::generic_category().message(errno),
              path.filename().string());
}

// Whole and on the disk under its name, or not at all.
Result<void> write_durably(const fs::path& path, std::string_view text) {
  const fs::path partial = path.string() + ".part";
  const int file = ::open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return disk_failure(path);
  const bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const bool synced = written && ::fdatasync(file) == 0;
  ::close(file);
  if (!synced || ::rename(partial.c_str(), path.c_str()) != 0) return disk_failure(path);
  const int directory = ::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return disk_failure(path);
  const bool named = ::fsync(directory) == 0;
  ::close(directory);
  if (!named) return disk_failure(path);
  return {};
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<fs::path> files_ending(const fs::path& directory, std::string_view suffix) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error))
    if (entry.path().extension() == suffix) files.push_back(entry.path());
  std::ranges::sort(files);  // ids are time-ordered
  return files;
}

}  // namespace

Result<std::string> ledger_entry(const UsageRecord& record, std::string_view signed_text) {
  return canonical_json(JsonObject{{"type", "usage"},
                                   {"id", record.id},
                                   {"request_hash", record.request_hash},
                                   {"response_sha256", record.response_sha256},
                                   {"record_sha256", hex_encode(sha256(signed_text))}});
}

fs::path ledger_key_path(const fs::path& state_directory, int number) {
  return state_directory / fmt::format("ledger-{}.key.pem", number);
}

Result<std::string> prepare_ledger_key(const GatewayConfig& config) {
  int number = 2;  // the newest one's may be in use by the gateway, which runs
  while (fs::exists(config.state_directory / fmt::format("ledger-{}", number))) ++number;
  const auto file_of = [&](int of) { return ledger_key_path(config.state_directory, of); };
  return ledger::prepare_key(file_of, ledger_origin(config.member), number);
}

Journal::Journal(fs::path spool, const trust::SigningKey& key, std::unique_ptr<ledger::Logs> logs,
                 const Limits& limits)
    : spool_(std::move(spool)),
      key_(key),
      logs_(std::move(logs)),
      limits_(limits),
      client_(net::ClientConfig{}) {}

Journal::~Journal() { stop(); }

Result<std::unique_ptr<Journal>> Journal::open(const fs::path& directory, const AgencyCode& member,
                                               const trust::SigningKey& key, const Limits& limits) {
  std::error_code error;
  fs::create_directories(directory / "spool", error);
  if (error)
    return fail(Kind::unavailable, "no_state_directory", error.message(), directory.string());
  fs::permissions(directory, fs::perms::owner_all, error);
  const auto later =
      ledger::keys_in([directory](int number) { return ledger_key_path(directory, number); });
  const auto key_of = [later, key](int number) {
    return number == 1 ? Result<trust::SigningKey>(key) : later(number);
  };
  MINBEN_TRY(logs, ledger::Logs::open(directory / "ledger", ledger_origin(member), key_of));
  if (fs::exists(ledger_key_path(directory, logs->current().first + 1)))
    MINBEN_CHECK(logs->begin_successor());
  std::unique_ptr<Journal> journal(new Journal(directory / "spool", key, std::move(logs), limits));
  MINBEN_CHECK(journal->recover());
  return journal;
}

Result<void> Journal::recover() {
  for (const fs::path& file : files_ending(spool_, ".part"))
    fs::remove(file);  // never acknowledged
  for (const fs::path& file : files_ending(spool_, fresh_suffix))
    MINBEN_CHECK(commit(file.stem(), read_file(file)));
  waiting_ = files_ending(spool_, ready_suffix).size();
  return {};
}

Result<void> Journal::record(const UsageRecord& record) {
  if (waiting_ >= limits_.max_waiting)
    return fail(Kind::unavailable, "spool_full", "too many undelivered records");
  MINBEN_TRY(text, sign_usage(record, key_));
  MINBEN_CHECK(write_durably(spool_ / (record.id + std::string(fresh_suffix)), text));
  MINBEN_CHECK(commit(record.id, text));
  ++waiting_;
  const std::lock_guard lock(mutex_);
  fresh_ = true;
  wake_.notify_all();
  return {};
}

Result<void> Journal::commit(const std::string& id, std::string_view text) {
  MINBEN_TRY(document, parse_json(text));
  const Json* content = find(document, "content");
  if (!content) return fail(Kind::internal, "spool_damaged", "not a usage record", id);
  MINBEN_TRY(record, usage_from_json(*content));
  MINBEN_TRY(entry, ledger_entry(record, text));
  MINBEN_CHECK(log().append(as_bytes(entry)));
  const fs::path from = spool_ / (id + std::string(fresh_suffix)),
                 to = spool_ / (id + std::string(ready_suffix));
  if (::rename(from.c_str(), to.c_str()) != 0) return disk_failure(to);
  return {};
}

void Journal::start(std::function<std::string()> usage_url) {
  thread_ = std::thread([this, usage_url = std::move(usage_url)] { run(usage_url); });
}

void Journal::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

// While the platform cannot be reached the pause grows, and new records do not shorten it.
void Journal::run(const std::function<std::string()>& usage_url) {
  milliseconds pause = limits_.first_pause_ms;
  bool reachable = true;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    fresh_ = false;
    lock.unlock();
    if (waiting_ > 0) reachable = pass(usage_url(), false);
    lock.lock();
    pause = reachable ? limits_.first_pause_ms : std::min(pause * 2, limits_.longest_pause_ms);
    wake_.wait_for(lock, pause, [&] { return stopping_ || (fresh_ && reachable); });
  }
}

std::size_t Journal::deliver(const std::string& url) {
  pass(url, true);
  return waiting_;
}

bool Journal::pass(const std::string& url, bool also_refused) {
  const std::lock_guard lock(delivering_);
  if (url.empty()) return false;
  const auto now = std::chrono::steady_clock::now();
  for (const fs::path& file : files_ending(spool_, ready_suffix)) {
    const std::string id = file.stem();
    const auto refused = not_before_.find(id);
    if (refused != not_before_.end() && refused->second > now && !also_refused) continue;
    const Delivery delivery = deliver_one(url, file);
    if (delivery == Delivery::unreachable) return false;
    if (delivery == Delivery::refused) {
      not_before_[id] = now + limits_.refused_pause_s;
    } else {
      not_before_.erase(id);
      --waiting_;
    }
    const std::lock_guard state(mutex_);
    if (stopping_) break;
  }
  return true;
}

Journal::Delivery Journal::deliver_one(const std::string& url, const fs::path& file) {
  net::ClientRequest request{.method = net::Method::post, .url = url, .body = read_file(file)};
  request.headers.add("Content-Type", "application/json");
  request.headers.add("Idempotency-Key", file.stem().string());
  const auto answer = client_.send(request);
  if (!answer || answer->status == 503 || answer->status == 429) return Delivery::unreachable;
  if (answer->status / 100 != 2) {
    ++refused_;
    spdlog::warn("usage record {} was refused with status {}", file.stem().string(),
                 answer->status);
    return Delivery::refused;
  }
  fs::remove(file);
  ++delivered_;
  return Delivery::taken;
}

}  // namespace minben::gateway
