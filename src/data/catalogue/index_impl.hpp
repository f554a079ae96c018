#pragma once
// Private: what the parts of the index share.
#include <mutex>
#include <shared_mutex>

#include <xapian.h>

#include "columns.hpp"
#include "search.hpp"
#include "words.hpp"

namespace minben::catalogue {

// A text is found in the whole dataset or, with this in front, in its title only.
inline constexpr std::string_view title_prefix = "S";
inline constexpr std::string_view text_prefix = "T";
// The dataset's own id, as Xapian's manual has it.
inline constexpr std::string_view id_prefix = "Q";

/// What an index says of itself: made anew when it differs.
inline constexpr std::string_view index_format = "1";

Xapian::Document document_of(const Entry& entry, const Facts& facts, const Text& publisher);

struct Index::Impl {
  std::filesystem::path directory;
  std::unique_ptr<Xapian::WritableDatabase> writer;  ///< of follow() only

  mutable std::shared_mutex mutex;  ///< columns, publishers
  Columns columns;
  std::shared_ptr<const std::vector<Publisher>> publishers =
      std::make_shared<const std::vector<Publisher>>();

  /// Slots by name, as somebody asked for them last; empty after each change.
  mutable std::mutex by_name_mutex;
  mutable std::vector<Slot> by_name;
  /// `columns` has to be locked.
  [[nodiscard]] std::vector<Named> names(std::int64_t offset, std::int64_t limit) const;

  /// Xapian's handles for reading: each is used by one thread at a time.
  mutable std::mutex readers_mutex;
  mutable std::vector<std::unique_ptr<Xapian::Database>> readers;
  [[nodiscard]] std::unique_ptr<Xapian::Database> reader() const;
  void give_back(std::unique_ptr<Xapian::Database> reader) const;

  std::int64_t position = 0;
  std::int64_t publisher_position = 0;
  std::string database;  ///< whose copy this is

  Result<void> load();
  void make_anew();
  [[nodiscard]] Text title_of(const PublisherCode& code) const;
  void apply(const std::vector<Entry>& entries);
};

}  // namespace minben::catalogue
