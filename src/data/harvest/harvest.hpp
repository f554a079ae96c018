#pragma once
// Catalogues of others, brought into ours: from CKAN, DCAT and national exports. Sources are kept
// by stewards; a run reads a source page by page and imports each page in one transaction together
// with its own bookkeeping, so that a process may be killed at any moment and another one goes on.
// Everything here is thread-safe. docs/harvest.md tells operators and stewards.
#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalogue/catalogue.hpp"
#include "net/fetch.hpp"
#include "store/store.hpp"

namespace minben::harvest {

/// Of this room; apply after catalogue::migrations().
std::span<const store::Migration> migrations();

// ------------------------------------------------------------------------------------ sources

using SourceCode = Code<struct SourceTag>;
using RunId = Id<struct RunTag>;

enum class SourceKind {
  ckan,     ///< Action API v3: package_search, else package_list and package_show
  dcat,     ///< Turtle, RDF/XML, JSON-LD or N-Triples; pages by Hydra or by Link rel="next"
  national  ///< a file of rows: JSON lines, JSON, CSV or XML
};
std::string_view to_string(SourceKind kind);

struct Source {
  SourceCode code;  ///< also Origin::source and the id of its Actor
  catalogue::Text title;
  SourceKind kind = SourceKind::ckan;
  std::string url;  ///< of the portal (ckan), of the first page (dcat), of the file (national)
  std::vector<std::string> organizations;         ///< ckan: only of these, by name; none = of all
  std::string publisher;                          ///< whose all its datasets are; "" = as it says
  std::map<std::string, std::string> publishers;  ///< code as it says → code here
  /// May publish in the names of publishers that others have made, too.
  bool trusted = false;
  std::string portal;      ///< national, rows of a city: begins the names ("tainan")
  std::string government;  ///< likewise, of agencies: "臺南市政府"
  int every_hours = 24;    ///< 0 … 8760; 0 = only by hand
  /// ckan: in between only what changed is asked for; 0 … 365, 0 = always all.
  int whole_every_days = 7;
  std::filesystem::path key_file;           ///< sent as Authorization; a secret file; "" = none
  milliseconds pause_ms{500};               ///< between requests; 0 … 60,000
  milliseconds request_timeout_ms{60'000};  ///< 1,000 … 600,000
  int run_timeout_minutes = 360;            ///< 1 … 10,080
  std::int64_t max_objects = 200'000;       ///< 1 … 1,000,000
  std::int64_t max_bytes = 4ll << 30;       ///< of all answers of a run; 1 … 64 GiB
  int max_requests = 20'000;                ///< 1 … 1,000,000
  bool active = false;
  std::optional<Instant> next_run_at;  ///< told, not taken
};

/// Every fault, with the JSON pointer of its member.
Errors check(const Source& source);
/// As files and the database have it. Reading is strict: unknown members are faults.
JsonObject source_json(const Source& source);
std::expected<Source, Errors> source_from_json(const Json& json);

// --------------------------------------------------------------------------------------- runs

enum class RunState {
  waiting,  ///< for its turn, or because the source asked for patience
  running,
  held,  ///< far less is there than before: nothing was withdrawn; a steward decides
  done,
  failed,
  stopped
};
std::string_view to_string(RunState state);

struct Counts {
  std::int64_t seen = 0;  ///< objects that the source showed
  std::int64_t hidden = 0;
  std::int64_t created = 0, changed = 0, unchanged = 0, failed = 0, withdrawn = 0;
  std::int64_t requests = 0, bytes = 0;
  friend bool operator==(const Counts&, const Counts&) = default;
};

struct Run {
  RunId id{};
  SourceCode source;
  RunState state = RunState::waiting;
  bool dry = false;  ///< says what it would do, and does nothing
  std::optional<Instant> since;
  std::string asked_by;
  Instant asked_at{};
  std::optional<Instant> started_at, ended_at;
  Instant progress_at{};
  Instant not_before{};
  int attempt = 0;
  std::optional<std::int64_t> expected;  ///< as the source says
  Counts counts;
  /// Why it ended or waits: "shrunk" (held), "incomplete" (done, but the source showed less than it
  /// said: nothing was withdrawn), "hung", "run_timeout", "paging_loop", or an error's code.
  std::string code, detail;
  bool stopping = false;
  [[nodiscard]] bool over() const {
    return state != RunState::waiting && state != RunState::running;
  }
};

enum class ObjectState {
  waiting,  ///< known by its identifier only
  created,
  changed,
  unchanged,
  failed,
  withdrawn
};
std::string_view to_string(ObjectState state);

struct Object {
  std::string identifier;
  ObjectState state = ObjectState::waiting;
  std::string url;
  catalogue::DatasetId dataset{};
  int version = 0;
  std::string code, detail;  ///< of what failed
  Json diff;                 ///< [{pointer, before, after}] of what changed; else null
  Instant at{};
};

struct SourceStatus {
  Source source;
  std::optional<Run> last;  ///< the newest, whatever its state
};

/// The topic of the outbox: key = the source's code; payload = {"run", "state", "dry", counts…}.
inline constexpr std::string_view topic = "harvest";
/// Why objects that are gone at their source are withdrawn.
inline constexpr std::string_view gone = "no longer at the source";

struct Config {
  net::FetcherConfig fetcher{};
  int threads = 2;  ///< runs at once on this node
  /// After so long without a sign of life another process takes over a run. Longer than
  /// stall_timeout_ms.
  milliseconds lease_ms{60'000};
  milliseconds stall_timeout_ms{15'000};
  minutes hung_after{15};  ///< without progress
  int attempts = 5;        ///< for one page
  int rows_per_page = 100;
  int runs_kept = 10;  ///< of a source, with their objects
};

class Harvester {
 public:
  /// All outlive it.
  Harvester(store::Database& database, const catalogue::Catalogue& catalogue, const Clock& clock,
            Random& random, Config config = {});
  ~Harvester();  ///< stops

  // ---- stewards; transactions are the caller's

  /// New ones are not active; one whose address, kind or publishers change is no longer. invalid:
  /// the first of check().
  Result<void> save(store::Transaction& tx, const Source& source) const;
  /// conflict "no_dry_run" unless one has ended well since it was changed last.
  Result<void> activate(store::Transaction& tx, const SourceCode& code) const;
  /// A run under way goes on.
  Result<void> deactivate(store::Transaction& tx, const SourceCode& code) const;
  /// not_found "no_such_source".
  Result<Source> source(store::Transaction& tx, const SourceCode& code) const;
  /// All, by code.
  Result<std::vector<SourceStatus>> sources(store::Transaction& tx) const;

  /// conflict "runs_already", "not_active" (but for dry ones).
  Result<Run> begin(store::Transaction& tx, const SourceCode& code, bool dry,
                    std::string_view asked_by) const;
  /// Noticed between requests and between pieces of answers. conflict "is_over".
  Result<Run> stop(store::Transaction& tx, RunId id) const;
  /// Lets a held run withdraw what is gone. conflict "not_held", "newer_run".
  Result<Run> accept(store::Transaction& tx, RunId id) const;
  /// not_found "no_such_run".
  Result<Run> run(store::Transaction& tx, RunId id) const;
  /// Newest first.
  Result<std::vector<Run>> runs(store::Transaction& tx, const SourceCode& code, int limit,
                                int offset = 0) const;
  /// Of a run by identifier, those after `after`; of one state, or all.
  Result<std::vector<Object>> objects(store::Transaction& tx, RunId id,
                                      std::optional<ObjectState> state, int limit,
                                      std::string_view after = {}) const;

  // ---- working

  using Progress = std::function<void(const Run&)>;
  /// Until the run is over, in this thread or by waiting for who has it. `leave` is asked often;
  /// true leaves the run to others.
  Result<Run> finish(RunId id, const Progress& progress = {},
                     const std::function<bool()>& leave = {}) const;
  /// A file of rows as if the source had sent it.
  Result<Run> import(const SourceCode& code, const std::filesystem::path& file,
                     std::string_view asked_by, const Progress& progress = {}) const;
  /// One run as far as it goes without waiting; false when there is none to take.
  Result<bool> work_once(std::optional<RunId> only = {},
                         const std::function<bool()>& leave = {}) const;
  /// Begins what is due, ends what hangs, forgets old runs. The job "harvest.tick" does that each
  /// minute.
  Result<void> tick(store::Transaction& tx) const;
  void work_in(store::Workers& workers) const;  ///< before workers.start()
  /// Takes runs on threads of its own: requests to others take minutes, and a transaction that is
  /// open for so long, as a job's is, would keep every event of the platform waiting.
  void start();
  void stop();

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace minben::harvest
