// The index's directory, and how it follows the database.
#include <algorithm>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "index_impl.hpp"
#include "rows.hpp"

namespace minben::catalogue {

namespace {

constexpr Query find_identity{"catalogue_identity",
                              "select identity, (select coalesce(max(position), 0) from "
                              "catalogue.dataset) as newest from catalogue.identity"};

// How much a word counts for where it stands.
constexpr Xapian::termcount in_title = 8, in_keywords = 4, in_publisher = 3, in_text = 1;

void add_words(Xapian::Document& document, std::string_view prefix, std::string_view text,
               Xapian::termcount weight) {
  if (text.empty()) return;
  for (const Run& run : runs_of(folded(text)))
    for (const std::string& term : terms_of(run))
      if (term.size() <= 200) document.add_term(std::string(prefix) + term, weight);
}

// Descriptions can be long; what somebody looks for stands at the beginning.
constexpr std::size_t longest_description = 4000;

void add_text(Xapian::Document& document, const Text& text, Xapian::termcount weight) {
  for (const std::string* each : {&text.zh_hant, &text.en})
    add_words(document, text_prefix, std::string_view(*each).substr(0, longest_description),
              weight);
}

}  // namespace

Xapian::Document document_of(const Entry& entry, const Facts& facts, const Text& publisher) {
  const Dataset& d = entry.dataset;
  Xapian::Document document;
  for (const std::string* each : {&d.title.zh_hant, &d.title.en}) {
    add_words(document, title_prefix, *each, 1);
    add_words(document, text_prefix, *each, in_title);
  }
  for (const std::string& each : d.keywords) add_words(document, text_prefix, each, in_keywords);
  for (const std::string& each : d.keywords_en) add_words(document, text_prefix, each, in_keywords);
  for (const std::string& each : d.spatial) add_words(document, text_prefix, each, in_text);
  add_text(document, publisher, in_publisher);
  add_text(document, d.description, in_text);
  add_text(document, d.notes, in_text);
  add_words(document, text_prefix, d.national_id, in_text);
  add_words(document, text_prefix, d.name, in_text);
  std::size_t fields = 0;
  for (const Distribution& each : d.distributions) {
    add_text(document, each.title, in_text);
    add_words(document, text_prefix, each.format, in_text);
    for (const FieldDescription& field : each.fields) {
      if (++fields > 200) break;
      add_words(document, text_prefix, field.name, in_text);
      add_text(document, field.description, in_text);
    }
  }
  document.add_boolean_term(std::string(id_prefix) + to_string(facts.id));
  document.set_data(write_facts(facts));
  return document;
}

// ---------------------------------------------------------------------------------- directory

Index::Index(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Index::~Index() = default;

Result<std::unique_ptr<Index>> Index::open(const std::filesystem::path& directory) {
  auto impl = std::make_unique<Impl>();
  impl->directory = directory;
  try {
    std::filesystem::create_directories(directory);
    impl->writer = std::make_unique<Xapian::WritableDatabase>(
        directory.string(), Xapian::DB_CREATE_OR_OPEN | Xapian::DB_NO_SYNC);
    if (impl->writer->get_metadata("format") != index_format) impl->make_anew();
  } catch (const Xapian::DatabaseLockError&) {
    return fail(Kind::internal, "index_in_use", "another process has this index",
                directory.string());
  } catch (const Xapian::Error& broken) {
    spdlog::warn("catalogue index: {}; it is made anew", broken.get_description());
    impl->make_anew();
  } catch (const std::filesystem::filesystem_error& error) {
    return fail(Kind::internal, "index_not_writable", error.code().message(), directory.string());
  }
  if (const auto loaded = impl->load(); !loaded) {
    spdlog::warn("catalogue index: {}; it is made anew", describe(loaded.error()));
    impl->make_anew();
  }
  return std::unique_ptr<Index>(new Index(std::move(impl)));
}

/// Nothing in it is lost: the database has everything.
void Index::Impl::make_anew() {
  writer.reset();
  {
    const std::lock_guard lock(readers_mutex);
    readers.clear();
  }
  writer = std::make_unique<Xapian::WritableDatabase>(
      directory.string(), Xapian::DB_CREATE_OR_OVERWRITE | Xapian::DB_NO_SYNC);
  writer->set_metadata("format", std::string(index_format));
  writer->commit();
  const std::unique_lock lock(mutex);
  columns = {};
  by_name.clear();
  position = publisher_position = 0;
  database.clear();
}

Result<void> Index::Impl::load() {
  try {
    const std::string kept = writer->get_metadata("position");
    position = kept.empty() ? 0 : parse_integer(kept).value_or(0);
    database = writer->get_metadata("database");
    for (auto it = writer->postlist_begin(""); it != writer->postlist_end(""); ++it) {
      MINBEN_TRY(facts, read_facts(writer->get_document(*it).get_data()));
      columns.put(*it, facts);
    }
  } catch (const Xapian::Error& error) {
    return fail(Kind::internal, "broken_index", error.get_description());
  }
  return {};
}

std::unique_ptr<Xapian::Database> Index::Impl::reader() const {
  std::unique_ptr<Xapian::Database> taken;
  {
    const std::lock_guard lock(readers_mutex);
    if (!readers.empty()) {
      taken = std::move(readers.back());
      readers.pop_back();
    }
  }
  if (!taken) taken = std::make_unique<Xapian::Database>(directory.string());
  else taken->reopen();
  return taken;
}

void Index::Impl::give_back(std::unique_ptr<Xapian::Database> taken) const {
  const std::lock_guard lock(readers_mutex);
  if (readers.size() < 16) readers.push_back(std::move(taken));
}

// ---------------------------------------------------------------------------------- following

Text Index::Impl::title_of(const PublisherCode& code) const {
  const Publisher* found = find_publisher(*publishers, code);
  return found != nullptr ? found->title : Text{};
}

void Index::Impl::apply(const std::vector<Entry>& entries) {
  std::vector<std::pair<Slot, Facts>> put;
  std::vector<Slot> removed;
  for (const Entry& entry : entries) {
    position = std::max(position, entry.position);
    const std::string term = std::string(id_prefix) + to_string(entry.dataset.id);
    if (entry.status != Status::published) {
      for (auto it = writer->postlist_begin(term); it != writer->postlist_end(term); ++it)
        removed.push_back(*it);
      writer->delete_document(term);
      continue;
    }
    Facts facts = facts_of(entry);
    const Slot known = columns.slot_of(facts.id);  // only this thread changes columns
    const Xapian::Document document = document_of(entry, facts, title_of(entry.dataset.publisher));
    Slot slot = known;
    if (known) writer->replace_document(known, document);
    else slot = writer->add_document(document);
    put.emplace_back(slot, std::move(facts));
  }
  writer->set_metadata("position", std::to_string(position));
  writer->commit();
  const std::unique_lock lock(mutex);
  for (const Slot slot : removed) columns.remove(slot);
  for (const auto& [slot, facts] : put) columns.put(slot, facts);
  by_name.clear();
}

Result<std::int64_t> Index::follow(store::Database& database, const Catalogue& catalogue,
                                   const std::function<bool()>& stop) {
  MINBEN_TRY(rows, database.run(find_identity));
  const std::string identity = rows.front().text("identity");
  try {
    if (impl_->database != identity || impl_->position > rows.front().integer("newest")) {
      if (impl_->position > 0) impl_->make_anew();
      impl_->database = identity;
      impl_->writer->set_metadata("database", identity);
    }
    MINBEN_TRY(
        all, database.separately([&](store::Transaction& tx) { return catalogue.publishers(tx); }));
    std::int64_t newest = 0;
    for (const Publisher& each : all) newest = std::max(newest, each.position);
    if (newest > impl_->publisher_position) {
      std::ranges::sort(all, {}, &Publisher::code);
      auto shared = std::make_shared<const std::vector<Publisher>>(std::move(all));
      const std::unique_lock lock(impl_->mutex);
      impl_->publishers = std::move(shared);
      impl_->publisher_position = newest;
    }
    std::int64_t taken = 0;
    // The first batches are small, so that an empty catalogue begins to answer at once.
    for (int batch = 200; !stop || !stop(); batch = std::min(batch * 2, 4000)) {
      MINBEN_TRY(changed, database.separately([&](store::Transaction& tx) {
        return catalogue.changes(tx, impl_->position, batch);
      }));
      if (changed.empty()) break;
      impl_->apply(changed);
      taken += static_cast<std::int64_t>(changed.size());
    }
    return taken;
  } catch (const Xapian::Error& error) {
    return fail(Kind::internal, "index_failed", error.get_description(), impl_->directory.string());
  }
}

// -------------------------------------------------------------------------------------- small

const Publisher* find_publisher(std::span<const Publisher> all, const PublisherCode& code) {
  const auto found = std::ranges::lower_bound(all, code, {}, &Publisher::code);
  return found != all.end() && found->code == code ? &*found : nullptr;
}

bool is_named(const Publisher& publisher, std::string_view words) {
  if (words.empty()) return true;
  const std::string wanted = folded(words);
  return std::ranges::any_of(
      std::array<std::string_view, 3>{publisher.title.zh_hant, publisher.title.en,
                                      publisher.code.value},
      [&](std::string_view each) { return folded(each).find(wanted) != std::string::npos; });
}

std::shared_ptr<const std::vector<Publisher>> Index::publishers() const {
  const std::shared_lock lock(impl_->mutex);
  return impl_->publishers;
}

std::vector<FacetValue> Index::counts(Field field) const {
  const std::shared_lock lock(impl_->mutex);
  std::vector<FacetValue> out;
  for (const Columns::Value& value : impl_->columns.values())
    if (value.field == field && value.datasets > 0) out.push_back({value.text, value.datasets});
  return out;
}

std::int64_t Index::size() const {
  const std::shared_lock lock(impl_->mutex);
  return impl_->columns.size();
}

std::vector<Named> Index::names(std::int64_t offset, std::int64_t limit) const {
  const std::shared_lock lock(impl_->mutex);
  return impl_->names(offset, limit);
}

std::vector<Named> Index::Impl::names(std::int64_t offset, std::int64_t limit) const {
  const std::lock_guard lock(by_name_mutex);
  if (by_name.empty()) {
    for (Slot slot = 1; slot < columns.end(); ++slot)
      if (columns.row(slot).live()) by_name.push_back(slot);
    std::ranges::sort(
        by_name, [&](Slot a, Slot b) { return columns.texts(a).name < columns.texts(b).name; });
  }
  std::vector<Named> out;
  const auto size = std::ssize(by_name);
  const auto to = std::min(size, offset + limit);
  for (auto i = std::min(offset, size); i < to; ++i) {
    const Slot slot = by_name[static_cast<std::size_t>(i)];
    out.push_back({columns.texts(slot).name, Instant{microseconds{columns.row(slot).modified}}});
  }
  return out;
}

std::optional<Instant> Index::newest() const {
  const std::shared_lock lock(impl_->mutex);
  const auto newest = impl_->columns.newest();
  if (!newest) return std::nullopt;
  return Instant{microseconds{*newest}};
}

void Index::set_popularity(DatasetId id, std::uint32_t uses) {
  const std::unique_lock lock(impl_->mutex);
  impl_->columns.set_popularity(id, uses);
}

void Index::mark(DatasetId id, std::vector<std::string> marks) {
  const std::unique_lock lock(impl_->mutex);
  impl_->columns.mark(id, std::move(marks));
}

}  // namespace minben::catalogue
