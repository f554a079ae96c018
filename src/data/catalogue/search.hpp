#pragma once
// Finding datasets: by words in Chinese and English, by conditions, with counts of what else could
// be narrowed to.
//
// An index is a directory of one process (Xapian, and columns in memory) that follows the catalogue
// in the database: it is made anew when it is missing, old or of another database, and answers all
// the while. Thread-safe.
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "catalogue/catalogue.hpp"

namespace minben::catalogue {

/// What datasets can be narrowed by and counted by. A dataset may have several values of one.
enum class Field {
  publisher,   ///< PublisherCode
  category,    ///< 服務分類
  theme,       ///< EU data-theme
  high_value,  ///< 高應用價值主題
  hvd,         ///< EU HVD category
  keyword,     ///< as written
  format,      ///< of a distribution, upper case
  licence,     ///< code, or the address when it has none
  frequency,   ///< "daily", "weekly", "monthly", "quarterly", "yearly", "continuous", "irregular",
               ///< "once", "unknown"
  access,      ///< "open", "restricted", "closed"
  source,      ///< harvest source; "own"
  series,      ///< SeriesId
  kind,        ///< 資料集類型
  place,       ///< spatial, as written
  name,        ///< the dataset's
  id,          ///< DatasetId
  mark         ///< what other rooms say of it: see Index::mark
};

enum class Moment { modified, created };  ///< metadata_modified, metadata_created

/// A condition on datasets, as a tree.
struct Condition {
  enum class Kind {
    everything,
    all,      ///< of `parts`
    any,      ///< of `parts`
    none,     ///< of `parts`
    is,       ///< `field` has exactly `value` (keyword, place and format: without case)
    like,     ///< as `is`, with * and ? in `value`
    has,      ///< `field` has any value
    between,  ///< `moment` in [from, to]
    words     ///< `value` is found in the text, as the query's words are
  };
  Kind kind = Kind::everything;
  std::vector<Condition> parts{};
  Field field{};
  std::string value{};
  Moment moment{};
  std::optional<Instant> from{};
  std::optional<Instant> to{};

  static Condition is(Field field, std::string value);
  static Condition all(std::vector<Condition> parts);
  static Condition any(std::vector<Condition> parts);
};

enum class Order { relevance, modified, created, title, name, popular };

struct SearchQuery {
  std::string words;  ///< at most 500 bytes; more is cut
  Condition where{};
  Order order = Order::relevance;  ///< without words: the most popular, then the newest first
  bool descending = true;
  std::int64_t offset = 0;
  std::int64_t limit = 20;  ///< 0 … 1000
  std::vector<Field> facets{};
  std::size_t facet_limit = 50;  ///< values of each, those with most datasets first
  bool unfinished = false;       ///< the last word is still being typed
};

struct FacetValue {
  std::string value;
  std::int64_t count = 0;
};

struct Hits {
  std::int64_t total = 0;  ///< exact
  std::vector<DatasetId> ids;
  std::vector<std::pair<Field, std::vector<FacetValue>>> facets;
  bool relaxed = false;  ///< nothing has all the words: these have the most telling of them
};

/// A dataset in a list of all.
struct Named {
  std::string name;
  Instant changed_at{};
};

struct Suggestion {
  enum class Kind { dataset, keyword, publisher };
  Kind kind;
  std::string text;
  std::string value;  ///< the dataset's name, the keyword, the publisher's code
};

class Index {
 public:
  /// Opens or makes the directory. internal "index_in_use" when another process has it.
  static Result<std::unique_ptr<Index>> open(const std::filesystem::path& directory);
  ~Index();

  /// Takes over everything that has changed in the database since; how many datasets. In batches,
  /// each of which is seen at once. Called by one thread at a time.
  Result<std::int64_t> follow(store::Database& database, const Catalogue& catalogue,
                              const std::function<bool()>& stop = {});

  /// invalid "out_of_range". Published datasets only.
  [[nodiscard]] Result<Hits> search(const SearchQuery& query) const;
  /// What somebody could mean who has typed this much; at most `limit`.
  [[nodiscard]] std::vector<Suggestion> suggest(std::string_view typed,
                                                std::size_t limit = 8) const;

  /// Publishers as of the last follow(), by code.
  [[nodiscard]] std::shared_ptr<const std::vector<Publisher>> publishers() const;
  /// Published datasets of each publisher that has any.
  [[nodiscard]] std::vector<FacetValue> counts(Field field) const;
  [[nodiscard]] std::int64_t size() const;
  /// All published datasets by name, from the offset-th on.
  [[nodiscard]] std::vector<Named> names(std::int64_t offset, std::int64_t limit) const;
  /// The newest change of a published dataset; nothing when there is none.
  [[nodiscard]] std::optional<Instant> newest() const;

  /// How much a dataset is used, for Order::popular and as a nudge to relevance; and marks
  /// ("table", "gold", "late") that other rooms give it. In memory only: whoever knows them sets
  /// them after each start.
  void set_popularity(DatasetId id, std::uint32_t uses);
  void mark(DatasetId id, std::vector<std::string> marks);

  struct Impl;

 private:
  explicit Index(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Among publishers in the order of their codes, as Index::publishers gives them. nullptr when
/// nobody knows the code.
const Publisher* find_publisher(std::span<const Publisher> all, const PublisherCode& code);

/// Whether its name in either language, or its code, has these words as they stand; 臺 and 台,
/// simplified and traditional forms, full and half width, either case alike.
bool is_named(const Publisher& publisher, std::string_view words);

/// Follows on a thread of its own: at each change that is announced, and every two seconds.
class Follower {
 public:
  Follower(store::Database& database, const Catalogue& catalogue, Index& index);
  ~Follower();
  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace minben::catalogue
