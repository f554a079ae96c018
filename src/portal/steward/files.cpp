// Files of a dataset: what is uploaded becomes a version of a table, which people get in every
// form.
#include <algorithm>

#include <fmt/format.h>

#include "datastore/datastore.hpp"
#include "publishing.hpp"

namespace minben::steward {

namespace {

using catalogue::Distribution;
using catalogue::DistributionId;
using catalogue::Status;
using datastore::TableId;
using net::operator""_MiB;
using Errors = std::vector<page::ErrorLine>;

constexpr std::size_t largest_file = 200_MiB;

Result<net::Response> ask(const Visit& visit, const Dataset& dataset, const Distribution* old,
                          const Errors& errors) {
  const Language language = visit.language;
  const std::string title(old ? msg::steward_new_version(language)
                              : msg::steward_add_file(language));
  Frame made = frame(visit, title, Section::datasets);
  made.back = page::Link{dataset.title.in(language), dataset_url(visit, dataset.id)};
  made.errors = errors;
  const auto error_at = [&](std::string_view name) {
    const auto found = std::ranges::find(errors, name, &page::ErrorLine::field);
    return found == errors.end() ? std::string() : found->text;
  };
  const Url action =
      dataset_url(visit, dataset.id, {"files", old ? to_string(old->id) : std::string("new")});
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, title, Size::l);
        page::paragraph(page, old ? msg::steward_new_version_text(language)
                                  : msg::steward_add_file_text(language));
        page::form(
            page, visit, action,
            [&](Writer& form) {
              page::file_upload(form, language,
                                {.name = "file",
                                 .label = std::string(msg::steward_file(language)),
                                 .hint = std::string(msg::steward_file_hint(language)),
                                 .error = error_at("file")},
                                {.max_bytes = largest_file});
              page::text_input(form,
                               {.name = "title",
                                .label = std::string(msg::steward_file_title(language)),
                                .hint = {},
                                .error = error_at("title")},
                               {.value = old ? old->title.in(language) : std::string()});
              page::text_input(form,
                               {.name = "note",
                                .label = std::string(msg::steward_note(language)),
                                .hint = std::string(msg::steward_note_hint(language)),
                                .error = {}},
                               {});
              page::button(form, old ? msg::steward_publish_version(language)
                                     : msg::steward_upload(language));
            },
            true);
      },
      errors.empty() ? 200 : 422);
}

const Distribution* distribution_of(const Visit& visit, const Dataset& dataset) {
  const auto id = DistributionId::parse(visit.request.parameter("file"));
  if (!id) return nullptr;
  const auto found = std::ranges::find(dataset.distributions, *id, &Distribution::id);
  return found == dataset.distributions.end() ? nullptr : &*found;
}

Result<net::Response> ask_new(const Parts& parts, Visit& visit) {
  MINBEN_TRY(entry, own_dataset(parts, visit));
  MINBEN_TRY(dataset, working_copy(parts, entry));
  return ask(visit, dataset, nullptr, {});
}

Result<net::Response> ask_version(const Parts& parts, Visit& visit) {
  MINBEN_TRY(entry, own_dataset(parts, visit));
  MINBEN_TRY(dataset, working_copy(parts, entry));
  const Distribution* old = distribution_of(visit, dataset);
  if (!old) return fail(Kind::not_found, "no_such_page");
  return ask(visit, dataset, old, {});
}

std::string suffix_of(const std::string& name) {
  const auto dot = name.rfind('.');
  return dot == name.npos ? std::string() : name.substr(dot + 1);
}

/// What the table knows about itself, told with the dataset.
void describe(const Parts& parts, const datastore::Version& version, Distribution& distribution) {
  distribution.rows = version.rows;
  distribution.format = "CSV";
  distribution.media_type = "text/csv";
  distribution.character_encoding = "UTF-8";
  distribution.modified = parts.site.now();
  distribution.download_url = fmt::format("{}/datastore/dump/{}?bom=true",
                                          parts.site.config().origin, to_string(distribution.id));
  std::vector<catalogue::FieldDescription> fields;
  for (const datastore::Field& each : version.fields) {
    const auto known =
        std::ranges::find(distribution.fields, each.name, &catalogue::FieldDescription::name);
    if (known != distribution.fields.end()) fields.push_back(*known);
    else fields.push_back({each.name, {each.description, each.label}, {}, each.unit});
    fields.back().type = to_string(each.type);
  }
  distribution.fields = std::move(fields);
}

Result<datastore::Version> load(const Parts& parts, const net::Upload& upload,
                                const Distribution& distribution) {
  datastore::Datastore::LoadOptions options;
  options.source = JsonObject{{"name", upload.file_name}};
  intake::Hints hints;
  hints.file_name = upload.file_name;
  hints.format = suffix_of(upload.file_name);
  return parts.tables.load(TableId{distribution.id.value}, upload.path, hints, options);
}

Error in_words(const Error& error) {
  Error out = error;
  out.field = "file";
  return out;
}

Result<net::Response> refuse(const Visit& visit, const Dataset& dataset, const Distribution* old,
                             const Error& error) {
  if (error.kind != Kind::invalid && error.kind != Kind::too_large) return fail(error);
  page::ErrorLine line = line_of(visit, in_words(error));
  line.field = "file";
  return ask(visit, dataset, old, {std::move(line)});
}

/// A new file waits with the draft; a new version of one that is published is published at once,
/// since its rows are.
Result<net::Response> take(const Parts& parts, Visit& visit, bool is_new) {
  MINBEN_TRY(entry, own_dataset(parts, visit));
  if (entry.status == Status::withdrawn) return fail(Kind::conflict, "withdrawn");
  MINBEN_TRY(dataset, working_copy(parts, entry));
  const Distribution* old = is_new ? nullptr : distribution_of(visit, dataset);
  if (!is_new && !old) return fail(Kind::not_found, "no_such_page");
  const auto& uploads = visit.request.form.uploads;
  if (uploads.empty() || uploads.front().size == 0)
    return ask(visit, dataset, old, {{"file", std::string(msg::steward_no_file(visit.language))}});
  const auto index = old ? static_cast<std::size_t>(old - dataset.distributions.data())
                         : dataset.distributions.size();
  Dataset changed = dataset;
  if (!old) changed.distributions.emplace_back().id = {parts.new_id()};
  Distribution& distribution = changed.distributions[index];
  if (const auto title = trim(visit.request.form.get("title")); !title.empty())
    distribution.title.zh_hant = title;
  if (distribution.title.empty()) distribution.title.zh_hant = uploads.front().file_name;
  auto version = load(parts, uploads.front(), distribution);
  if (!version) return refuse(visit, dataset, old, version.error());
  describe(parts, *version, distribution);
  changed.modified = parts.site.now();
  const bool at_once = old && entry.status == Status::published;
  const auto saved = parts.database.transact([&](store::Transaction& tx) -> Result<Entry> {
    MINBEN_TRY(draft, parts.catalogue.save_draft(tx, changed, entry.revision));
    if (!at_once) return draft;
    return parts.catalogue.publish(tx, changed.id, draft.revision,
                                   trim(visit.request.form.get("note")), actor_of(visit));
  });
  if (!saved) return refuse(visit, dataset, old, saved.error());
  return page::redirect_with(
      visit, dataset_url(visit, changed.id), page::Notice::success,
      msg::steward_loaded(visit.language, static_cast<std::int64_t>(version->fields.size()),
                          version->rows));
}

Result<net::Response> take_new(const Parts& parts, Visit& visit) {
  return take(parts, visit, true);
}
Result<net::Response> take_version(const Parts& parts, Visit& visit) {
  return take(parts, visit, false);
}

}  // namespace

void add_files(Pages& pages) {
  using page::access::data_steward;
  pages.get("/desk/data/datasets/{dataset}/files/new", data_steward, ask_new);
  pages.post("/desk/data/datasets/{dataset}/files/new", data_steward, take_new, largest_file);
  pages.get("/desk/data/datasets/{dataset}/files/{file}", data_steward, ask_version);
  pages.post("/desk/data/datasets/{dataset}/files/{file}", data_steward, take_version,
             largest_file);
}

}  // namespace minben::steward
