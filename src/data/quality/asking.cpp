// Asking an address: whether it answers, and what it gives. As little as is enough: a HEAD request
// where the file was read before, the first bytes where HEAD is not understood, the whole file only
// when it is new or may have changed.
#include <fmt/format.h>

#include "impl.hpp"

namespace minben::quality {

using catalogue::Distribution;
using net::Fetch;
using net::Fetched;

namespace {

constexpr std::uint64_t a_few_bytes = 64u << 10;
constexpr std::size_t most_validator = 300;

bool answers(int status) { return status >= 200 && status < 300; }

/// A folder for one file and what is made of it, gone when this is.
class WorkFolder {
 public:
  static Result<WorkFolder> make(Random& random, const Clock& clock) {
    fs::path path = fs::temp_directory_path() /
                    fmt::format("minben-quality-{}", to_string(new_uuid(clock, random)));
    std::error_code error;
    fs::create_directories(path / "work", error);
    if (error) return fail(Kind::internal, "cannot_write", error.message(), path.string());
    return WorkFolder(std::move(path));
  }
  WorkFolder(WorkFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  WorkFolder& operator=(WorkFolder&&) = delete;
  ~WorkFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  explicit WorkFolder(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

/// Of this machine, or because somebody wants to leave: says nothing about the address.
bool is_our_own(const Error& error) {
  return error.kind == Kind::internal || error.code == "cancelled";
}

class Asking {
 public:
  Asking(Quality::Impl& house, const Task& task, const std::function<bool()>& cancelled)
      : house_(house), task_(task), link_(task.row.link), cancelled_(cancelled) {}

  Result<Outcome> run() {
    if (link_.kind == LinkKind::access) return only_whether_it_answers();
    if (must_be_read()) return read();
    MINBEN_TRY(outcome, only_whether_it_answers());
    if (outcome.kind != Check::Outcome::passed) return outcome;
    const bool told = !outcome.etag.empty() || !outcome.last_modified.empty();
    const bool same =
        outcome.etag == task_.row.etag && outcome.last_modified == task_.row.last_modified;
    const bool fresh =
        link_.read_at && house_.clock.now() - *link_.read_at < house_.config.read_every;
    if (told ? same : fresh) return as_before(std::move(outcome));
    pause();
    return read();
  }

 private:
  [[nodiscard]] bool must_be_read() const {
    return task_.row.thorough || !link_.read_at || task_.row.version != task_.row.wanted;
  }

  /// The file was not read again: what it showed then still stands.
  Outcome as_before(Outcome outcome) const {
    outcome.findings = link_.findings;
    outcome.findings.linkable = Finding::passed;
    outcome.evidence = link_.evidence;
    return outcome;
  }

  void pause() { house_.crew.wait(house_.config.pause); }

  [[nodiscard]] Fetch request(net::Method method) const {
    Fetch fetch;
    fetch.method = method;
    fetch.url = link_.url;
    fetch.timeout_ms = house_.config.request_timeout;
    fetch.stall_timeout_ms = house_.config.stall_timeout;
    fetch.cancelled = cancelled_;
    return fetch;
  }

  Result<Outcome> only_whether_it_answers() {
    const auto head = house_.fetcher.text(request(net::Method::head));
    if (!head && is_our_own(head.error())) return fail(head.error());
    if (head && (answers(head->first.status) || asks_for_patience(head->first)))
      return outcome_of(head->first);
    // Many servers know nothing of HEAD, or answer it wrongly.
    pause();
    Fetch few = request(net::Method::get);
    few.headers.set("Range", fmt::format("bytes=0-{}", a_few_bytes - 1));
    few.enough_bytes = a_few_bytes;
    const auto got = house_.fetcher.text(few);
    if (!got && is_our_own(got.error())) return fail(got.error());
    return got ? outcome_of(got->first) : no_answer(got.error());
  }

  Result<Outcome> read() {
    MINBEN_TRY(folder, WorkFolder::make(house_.random, house_.clock));
    // What read a file and did not live to tell is not given the same file for ever.
    if (task_.row.begun > 3) return unreadable();
    const fs::path file = folder.path() / "file";
    Fetch whole = request(net::Method::get);
    whole.enough_bytes = house_.config.most_bytes;
    const auto got = house_.fetcher.file(whole, file);
    if (!got && is_our_own(got.error())) return fail(got.error());
    if (!got) return no_answer(got.error());
    Outcome outcome = outcome_of(*got);
    if (outcome.kind != Check::Outcome::passed) return outcome;
    const Came came{file, std::string(got->headers.get("Content-Type")),
                    static_cast<std::int64_t>(got->bytes), got->whole};
    MINBEN_TRY(verdict, judge_file(task_.distribution(), came, folder.path() / "work", house_.clock,
                                   house_.config.reading_time, cancelled_));
    outcome.read = true;
    outcome.findings = verdict.findings;
    outcome.evidence = std::move(verdict.evidence);
    if (!verdict.instead.empty()) {
      outcome.kind = Check::Outcome::failed;
      outcome.reason = verdict.instead;
    }
    return outcome;
  }

  [[nodiscard]] Outcome unreadable() const {
    Outcome outcome;
    outcome.status = 200;
    outcome.read = true;
    outcome.findings.linkable = outcome.findings.downloadable = Finding::passed;
    outcome.evidence = {met("linkable"),
                        met("downloadable"),
                        {"structure", Finding::not_checked, "reading_failed", "", ""}};
    return outcome;
  }

  static bool asks_for_patience(const Fetched& fetched) {
    return fetched.status == 429 || (fetched.status == 503 && fetched.headers.has("Retry-After"));
  }

  [[nodiscard]] Outcome outcome_of(const Fetched& fetched) const {
    Outcome outcome;
    outcome.status = fetched.status;
    outcome.bytes = static_cast<std::int64_t>(fetched.bytes);
    outcome.etag = fetched.headers.get("ETag").substr(0, most_validator);
    outcome.last_modified = fetched.headers.get("Last-Modified").substr(0, most_validator);
    if (answers(fetched.status)) {
      outcome.findings.linkable = Finding::passed;
      outcome.evidence = {met("linkable", std::to_string(fetched.status))};
      return outcome;
    }
    if (asks_for_patience(fetched) && task_.row.postponed < house_.config.patience) {
      outcome.kind = Check::Outcome::postponed;
      outcome.reason = fmt::format("http_{}", fetched.status);
      outcome.patience =
          std::max(seconds{60},
                   net::read_retry_after(fetched.headers.get("Retry-After"), house_.clock.now()));
      return outcome;
    }
    return refused(fmt::format("http_{}", fetched.status), fetched.status, "");
  }
  static Outcome no_answer(const Error& error) { return refused(error.code, 0, error.detail); }
  static Outcome refused(std::string reason, int status, std::string_view detail) {
    Outcome outcome;
    outcome.kind = Check::Outcome::failed;
    outcome.status = status;
    outcome.evidence = {{"linkable", Finding::failed, reason, "200",
                         status == 0 ? std::string(detail) : std::to_string(status)}};
    outcome.findings.linkable = Finding::failed;
    outcome.reason = std::move(reason);
    return outcome;
  }

  Quality::Impl& house_;
  const Task& task_;
  const Link& link_;
  const std::function<bool()>& cancelled_;
};

Outcome read_here(std::int64_t bytes, Verdict verdict) {
  Outcome outcome;
  outcome.status = 200;
  outcome.read = true;
  outcome.bytes = bytes;
  outcome.findings = verdict.findings;
  outcome.evidence = std::move(verdict.evidence);
  return outcome;
}

/// The file lies in this house, and is looked at as one that came from elsewhere.
Result<Verdict> judge_original(Quality::Impl& house, const Task& task,
                               const datastore::Original& original,
                               const std::function<bool()>& cancelled) {
  MINBEN_TRY(folder, WorkFolder::make(house.random, house.clock));
  const Came came{original.file, "", original.bytes,
                  std::cmp_less_equal(original.bytes, house.config.most_bytes)};
  return judge_file(task.distribution(), came, folder.path() / "work", house.clock,
                    house.config.reading_time, cancelled);
}

/// In this house the rooms are asked: they know at once, and a platform that calls itself over the
/// network tests only its own network.
Result<Outcome> ask_own(Quality::Impl& house, const Task& task, const OwnTable& own,
                        const std::function<bool()>& cancelled) {
  Outcome outcome;
  const auto refuse = [&](std::string_view reason, int status) {
    outcome.kind = Check::Outcome::failed;
    outcome.sure = true;
    outcome.status = status;
    outcome.reason = reason;
    outcome.findings.linkable = Finding::failed;
    outcome.evidence = {
        {"linkable", Finding::failed, std::string(reason), "200", std::to_string(status)}};
    return outcome;
  };
  if (task.entry.dataset.access_rights != catalogue::AccessRights::open)
    return refuse("http_403", 403);
  if (own.original) {
    const auto kept = house.tables.original(own.id);
    if (!kept && kept.error().kind != Kind::not_found) return fail(kept.error());
    if (!kept) return refuse("http_404", 404);
    MINBEN_TRY(verdict, judge_original(house, task, *kept, cancelled));
    return read_here(kept->bytes, std::move(verdict));
  }
  const auto table = house.tables.info(own.id);
  if (!table && table.error().kind != Kind::not_found) return fail(table.error());
  if (!table) return refuse("http_404", 404);
  return read_here(table->version.bytes, judge_table(task.distribution(), *table, own.format));
}

/// Another page of this house: nobody asks for it.
Outcome own_page(LinkKind kind) {
  Outcome outcome;
  outcome.findings.linkable = Finding::exempt;
  outcome.evidence = {{"linkable", Finding::exempt, "own_page", "", ""}};
  if (kind == LinkKind::download) outcome.findings.downloadable = Finding::exempt;
  return outcome;
}

}  // namespace

Result<Outcome> Quality::Impl::ask(const Task& task, const std::function<bool()>& cancelled) {
  const Link& link = task.row.link;
  if (!task.row.host.empty()) return Asking(*this, task, cancelled).run();
  if (const auto own = own_table(link.url, config.origin))
    return ask_own(*this, task, *own, cancelled);
  if (!config.origin.empty() && link.url.starts_with(config.origin)) return own_page(link.kind);
  Outcome outcome;
  outcome.kind = Check::Outcome::failed;
  outcome.sure = true;
  outcome.status = 0;
  outcome.reason = "bad_url";
  outcome.findings.linkable = Finding::failed;
  outcome.evidence = {{"linkable", Finding::failed, "bad_url", "", ""}};
  return outcome;
}

}  // namespace minben::quality
