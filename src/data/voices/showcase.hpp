#pragma once
// What people made of the data (應用案例): apps, articles, research.
//
//   held → shown | declined          looked at by a steward of a publisher of one of its datasets,
//   shown → removed                  or of the platform; removed by its author or the platform
//
// Links of shown entries are asked about once a week, after a failure once a day. One that fails
// three times in a row is marked as broken and its author is told, until it answers again.
#include <optional>
#include <vector>

#include "voices/voices.hpp"

namespace minben::voices {

using ReuseId = Id<struct ReuseTag>;
using catalogue::DatasetId;

enum class ReuseKind { app, article, research, visualisation, other };
std::string_view to_string(ReuseKind kind);
std::optional<ReuseKind> parse_reuse_kind(std::string_view text);

enum class ReuseState { held, shown, declined, removed };
std::string_view to_string(ReuseState state);

inline constexpr std::size_t most_picture_bytes = 512u << 10;
inline constexpr std::size_t most_reuse_datasets = 20;
inline constexpr std::string_view link_job = "voices.link";

struct NewReuse {
  ReuseKind kind = ReuseKind::app;
  std::string title;                ///< 1 … 255 characters
  std::string words;                ///< what it does
  std::string url;                  ///< http(s), at most 1000 bytes
  std::string picture;              ///< PNG or JPEG, at most 512 KiB; "" = none
  std::vector<DatasetId> datasets;  ///< 1 … 20, published
};

struct Reuse {
  ReuseId id;
  ReuseKind kind = ReuseKind::app;
  std::string title, words, url;
  std::string picture_type;  ///< "image/png", "image/jpeg", "" = none
  std::vector<DatasetId> datasets;
  ReuseState state = ReuseState::held;
  std::string reason;  ///< why it is not shown
  int version = 0;
  Instant sent_at{};
  std::optional<Instant> shown_at;
  std::optional<Instant> broken_since;  ///< the link does not answer
  std::string name;                     ///< of the author; "" = 匿名; lists leave it out
  PersonId person;
};

struct Picture {
  std::string bytes;
  std::string type;
};

struct ReusePage {
  std::vector<Reuse> entries;
  std::int64_t total = 0;
};

class Showcase {
 public:
  explicit Showcase(const Common& common) : common_(common) {}

  /// invalid with the field ("bad_address", "bad_picture", "no_such_dataset", "missing",
  /// "too_long"); too_many "too_many_reuses".
  Result<ReuseId> send(const Author& author, const NewReuse& reuse);
  /// Of its author.
  Result<void> remove(PersonId person, ReuseId id);
  Result<std::vector<Reuse>> of_person(PersonId person);

  /// Shown ones, newest first; `limit` 1 … 100.
  Result<ReusePage> list(int limit, int offset = 0);
  Result<std::vector<Reuse>> of_dataset(DatasetId dataset, int limit = 10);
  /// not_found "reuse_not_found" for what is not shown, but for its author.
  Result<Reuse> find(ReuseId id, std::optional<PersonId> viewer = {});
  /// Of a shown entry; not_found "no_picture".
  Result<Picture> picture(ReuseId id);

  // --- the stewards'. forbidden "role_missing", "not_yours"; conflict "reuse_changed".

  /// `reason`: why not, which the author reads.
  Result<void> show(const identity::Officer& officer, ReuseId id, int version);
  Result<void> decline(const identity::Officer& officer, ReuseId id, int version,
                       std::string_view reason);
  /// Those that wait for a look, the oldest first; at most 200.
  Result<std::vector<Reuse>> queue(const identity::Officer& officer);
  Result<Reuse> open(const identity::Officer& officer, ReuseId id);
  Result<Picture> picture(const identity::Officer& officer, ReuseId id);

  /// The job "voices.links": sets a job for each of at most `most` links that nobody has asked
  /// about for a week, or for a day where it failed; how many.
  Result<int> queue_links(store::Transaction& tx, int most = 100);
  /// The job "voices.link" asks about one.
  Result<void> check_link(store::Transaction& tx, ReuseId id, const LinkCheck& check);

 private:
  Result<Reuse> read(store::Transaction& tx, ReuseId id);
  Result<void> check_may_look(store::Transaction& tx, const identity::Officer& officer,
                              const Reuse& reuse);

  const Common& common_;
};

}  // namespace minben::voices
