#pragma once
// Private: what a source shows, in pieces that fit into memory. One reader a kind of source.
#include "harvest.hpp"

namespace minben::harvest {

/// One object of a source.
struct Found {
  std::string identifier;
  catalogue::Dataset dataset{};  ///< without origin
  catalogue::Publisher publisher{};
  std::string url{};
  std::optional<Error> fault{};  ///< why it is no dataset
};

struct Batch {
  std::vector<Found> objects{};
  std::vector<std::string> waiting{};  ///< names to be asked for one by one
  std::vector<std::string> asked{};    ///< of those, what these objects were asked by
  std::int64_t hidden = 0;             ///< shown there, but not to the public
  std::optional<std::int64_t> expected{};
  /// Where to go on after this batch: an object, or null when all was read. Nothing: the page has
  /// more.
  std::optional<Json> next{};
};
using Sink = std::function<Result<void>(Batch&& batch)>;

/// Asks the source politely on behalf of one run. Not thread-safe.
class Asking {
 public:
  struct Parts {
    const net::Fetcher& fetcher;
    const Source& source;
    const Config& config;
    Instant now;
    std::string key;                  ///< of the source's key file; "" = none
    std::function<bool()> cancelled;  ///< asked between pieces
    std::function<void(milliseconds)> pause;
    Counts before{};  ///< requests and bytes of the run so far
  };
  explicit Asking(Parts parts) : parts_(std::move(parts)), counts_(parts_.before) {}

  struct Answer {
    int status = 0;
    net::Headers headers;
    std::string url;
    std::string body;
  };
  /// Of status below 400, and those of `bear`. Errors: those of net::Fetcher; unavailable
  /// "http_500" and the like, too_many "http_429" (both after retry_after()), not_found "http_404",
  /// forbidden "http_403"; too_large "too_many_requests_needed", "too_many_bytes".
  Result<Answer> get(const std::string& url, std::string_view accept,
                     std::span<const int> bear = {});
  /// The same, into a file.
  Result<Answer> get_file(const std::string& url, const std::filesystem::path& to);
  /// How long the source wants to be left alone; zero when it did not say.
  [[nodiscard]] seconds retry_after() const { return retry_after_; }
  [[nodiscard]] const Counts& counts() const { return counts_; }  ///< requests and bytes
  [[nodiscard]] const Source& source() const { return parts_.source; }
  [[nodiscard]] const Config& config() const { return parts_.config; }

 private:
  Result<net::Fetch> prepared(const std::string& url, std::string_view accept);
  Result<void> judge(int status, const net::Headers& headers, std::span<const int> bear);

  Parts parts_;
  Counts counts_;
  seconds retry_after_{0};
  bool asked_ = false;
};

class Reader {
 public:
  virtual ~Reader() = default;
  /// The page at the cursor, by one call of `sink` or more; the last of them with `next`.
  virtual Result<void> read(const Json& cursor, const Sink& sink) = 0;
  /// Those that wait to be asked for one by one.
  virtual Result<Batch> show(std::span<const std::string> identifiers);
};

/// RFC 8288: the address of rel="next"; "" when there is none.
std::string next_of_link(std::string_view header);

std::unique_ptr<Reader> ckan_reader(Asking& asking, std::optional<Instant> since);
std::unique_ptr<Reader> dcat_reader(Asking& asking);
/// `file` instead of the source's address, when it is given.
std::unique_ptr<Reader> national_reader(Asking& asking, const std::filesystem::path& file);

}  // namespace minben::harvest
