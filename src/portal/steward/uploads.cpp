// An upload: how far its reading is, what was read and repaired, and what the steward makes of it.
#include <algorithm>

#include <fmt/format.h>

#include "core/shortened.hpp"
#include "datastore/datastore.hpp"
#include "datastore/search.hpp"
#include "page/numbers.hpp"
#include "upload_parts.hpp"

namespace minben::steward {

namespace {

using catalogue::Distribution;
using catalogue::DistributionId;
using catalogue::Status;
using uploads::State;
using uploads::Upload;
using Errors = std::vector<page::ErrorLine>;

constexpr int most_listed = 50;
constexpr int rows_shown = 5;
constexpr std::size_t columns_shown = 12;
constexpr std::size_t longest_cell = 120;

std::string upload_text(Language language, std::string_view key) {
  const auto text = msg::find_in_uploads(language, fmt::format("uploads_{}", key));
  return std::string(text ? *text : key);
}

Tone tone_of(const Upload& upload) {
  switch (upload.state) {
    case State::waiting:
      return Tone::waiting;
    case State::loading:
      return Tone::info;
    case State::ready:
      return Tone::warn;
    case State::taken:
      return Tone::good;
    case State::failed:
      return Tone::bad;
    case State::cancelled:
      break;
  }
  return Tone::neutral;
}

void state_tag(Writer& page, Language language, const Upload& upload) {
  const bool stopping = upload.stopping && upload.under_way();
  page::tag(page,
            stopping ? std::string(msg::uploads_stopping(language))
                     : upload_text(language, fmt::format("state_{}", to_string(upload.state))),
            tone_of(upload));
}

/// What all pages and actions of an upload begin with; it is of the dataset in the path.
struct Asked {
  Entry entry;
  Dataset dataset;
  Upload upload;
};
Result<Asked> asked_upload(const Parts& parts, const Visit& visit) {
  MINBEN_TRY(entry, own_dataset(parts, visit));
  MINBEN_TRY(dataset, working_copy(parts, entry));
  MINBEN_TRY(id, visit.id<uploads::UploadId>("upload"));
  MINBEN_TRY(upload, parts.database.separately(
                         [&](store::Transaction& tx) { return parts.uploads.find(tx, id); }));
  if (upload.dataset != dataset.id) return fail(Kind::not_found, "no_such_upload");
  return Asked{std::move(entry), std::move(dataset), std::move(upload)};
}

// ------------------------------------------------------------------------------------ how far it
// is

void facts(Writer& page, Language language, const Upload& upload) {
  page::summary_list(page, [&](Writer& rows) {
    page::summary_row(rows, msg::uploads_file(language), upload.file_name);
    page::summary_row(rows, msg::uploads_size(language), page::bytes_text(upload.bytes));
    page::summary_row(rows, msg::uploads_sent(language), long_time(upload.asked_at, language));
    page::summary_row(rows, msg::uploads_state(language),
                      [&](Writer& p) { state_tag(p, language, upload); });
  });
}

void progress(Writer& page, Language language, const Upload& upload) {
  if (!upload.under_way()) return;
  page::paragraph(page, upload.stage.empty()
                            ? upload_text(language, "state_waiting")
                            : upload_text(language, fmt::format("stage_{}", upload.stage)));
  const double share = upload.share.value_or(0);
  if (upload.stage == "reading" && upload.share)
    page::paragraph(page, msg::uploads_progress(language,
                                                page::bytes_text(static_cast<std::int64_t>(
                                                    share * static_cast<double>(upload.bytes))),
                                                page::bytes_text(upload.bytes)));
  page << "<progress class=\"mb-upload-progress\" max=\"100\"";
  if (upload.stage == "reading" && upload.share)
    page << " value=\"" << static_cast<int>(share * 100) << "\"";
  page << " aria-label=\"" << msg::uploads_share(language) << "\"></progress>";
  page::paragraph(page, msg::uploads_background(language));
}

void failure(Writer& page, const Visit& visit, const Asked& asked) {
  const Language language = visit.language;
  const Upload& upload = asked.upload;
  if (upload.code.empty()) return;
  page::inset_text(page, [&](Writer& inside) {
    inside << "<p class=\"govuk-body\"><strong>" << upload_fault(language, upload.code)
           << "</strong></p>";
    if (!upload.field.empty())
      page::paragraph(inside, msg::uploads_at_field(language, upload.field));
    if (upload.line > 0) page::paragraph(inside, msg::uploads_at_line(language, upload.line));
    if (!upload.detail.empty())
      inside << "<p class=\"govuk-hint\"><span lang=\"en\">" << upload.detail << "</span></p>";
  });
  page::link_button(
      page, msg::uploads_again(language),
      dataset_url(visit, asked.dataset.id,
                  {"files", upload.is_new ? std::string("new") : to_string(upload.table)}),
      page::ButtonStyle::secondary);
}

// -------------------------------------------------------------------------------- what was read

void repairs(Writer& page, Language language, const datastore::Version& version) {
  page::heading(page, 2, msg::uploads_repairs(language));
  const Json* list = find(version.source, "repairs");
  if (!list || !list->is_array() || list->get_array().empty())
    return page::paragraph(page, msg::uploads_no_repairs(language));
  const page::Column columns[] = {
      {.title = std::string(msg::uploads_repair(language)), .self_evident = true},
      {.title = std::string(msg::uploads_places(language)), .numeric = true},
      {.title = std::string(msg::uploads_first(language))}};
  const auto number = [](const Json& repair, std::string_view name) -> std::int64_t {
    const Json* value = find(repair, name);
    return value && value->is_int64() ? value->get_int64() : 0;
  };
  page::table(page, msg::uploads_repairs(language), columns,
              [&](Writer& rows) {
                for (const Json& each : list->get_array())
                  page::stacked_row(rows, columns, [&](page::Cells& cells) {
                    cells.head([&](Writer& p) {
                      p << upload_text(language, fmt::format("repair_{}", string_or(each, "code")));
                    });
                    cells.add(page::number_text(static_cast<double>(number(each, "count"))));
                    const std::int64_t first = number(each, "first");
                    cells.add(first > 0 ? msg::uploads_record(language, first) : std::string("–"));
                  });
              },
              {.caption_hidden = true, .stacks = true});
}

void columns_table(Writer& page, Language language, const datastore::Version& version) {
  page::heading(page, 2, msg::uploads_columns(language));
  const page::Column columns[] = {
      {.title = std::string(msg::uploads_column(language)), .self_evident = true},
      {.title = std::string(msg::uploads_type(language))},
      {.title = std::string(msg::uploads_spelled(language))}};
  page::table(page, msg::uploads_columns(language), columns,
              [&](Writer& rows) {
                for (const datastore::Field& field : version.fields)
                  page::stacked_row(rows, columns, [&](page::Cells& cells) {
                    cells.head([&](Writer& p) {
                      p << field.name;
                      if (!field.label.empty())
                        p << "<br><span class=\"mb-under\">" << field.label << "</span>";
                    });
                    cells.add(intake::to_string(field.type));
                    cells.add(field.note.empty() ? std::string("–") : field.note);
                  });
              },
              {.caption_hidden = true, .stacks = true});
}

std::string cell_text(const Json& value) {
  if (value.is_null()) return "–";
  return shortened(page::value_text(value), longest_cell);
}

/// A version that nobody but its steward sees, and its first rows: lists of values.
struct Read {
  datastore::Version version;
  JsonArray rows;
};
Result<Read> read_upload(const Parts& parts, const Upload& upload) {
  MINBEN_TRY(table, parts.tables.info(upload.aside()));
  const datastore::Version& version = table.version;
  datastore::Search search;
  search.limit = rows_shown;
  search.format = datastore::RecordsFormat::lists;
  for (std::size_t i = 0; i < std::min(columns_shown, version.fields.size()); ++i)
    search.fields.push_back(version.fields[i].name);
  MINBEN_TRY(found, parts.tables.search(upload.aside(), search));
  MINBEN_TRY(json, parse_json(found.records));
  return Read{std::move(table.version), std::move(json.as_array())};
}

void rows_table(Writer& page, Language language, const datastore::Version& version,
                const JsonArray& rows) {
  if (rows.empty()) return;
  page::heading(page, 2, msg::uploads_rows_shown(language));
  std::vector<page::Column> columns;
  for (std::size_t i = 0; i < std::min(columns_shown, version.fields.size()); ++i)
    columns.push_back({.title = version.fields[i].name});
  page << "<div class=\"mb-rows\">";
  page::table(page, msg::uploads_rows_shown(language), columns,
              [&](Writer& body) {
                for (const Json& each : rows)
                  page::row(body, [&](Writer& cells) {
                    for (const Json& value : each.as_array()) page::cell(cells, cell_text(value));
                  });
              },
              {.caption_hidden = true});
  page << "</div>";
}

// -------------------------------------------------------------------------------------- deciding

void cancel_form(Writer& page, const Visit& visit, const Asked& asked) {
  const Language language = visit.language;
  const Upload& upload = asked.upload;
  if (upload.stopping || (!upload.under_way() && upload.state != State::ready)) return;
  page::form(page, visit, upload_url(visit, asked.dataset.id, upload.id, {"cancel"}),
             [&](Writer& form) {
               page::button(form, {.text = std::string(upload.state == State::ready
                                                           ? msg::uploads_discard(language)
                                                           : msg::uploads_cancel(language)),
                                   .style = page::ButtonStyle::secondary});
             });
}

/// A new version of what is published becomes public at once; other files wait with the draft.
bool at_once(const Asked& asked) {
  return !asked.upload.is_new && asked.entry.status == Status::published;
}

void take_form(Writer& page, const Visit& visit, const Asked& asked) {
  const Language language = visit.language;
  page::paragraph(page, msg::uploads_not_yet_public(language));
  page::form(page, visit, upload_url(visit, asked.dataset.id, asked.upload.id, {"take"}),
             [&](Writer& form) {
               page::checkbox(form,
                              {.name = "keep",
                               .label = std::string(msg::uploads_keep(language)),
                               .hint = std::string(msg::uploads_keep_hint(language)),
                               .error = {}},
                              true);
               page::button(form, at_once(asked) ? msg::uploads_publish_version(language)
                                                 : msg::uploads_add_to_draft(language));
             });
}

void what_was_read(Writer& page, const Visit& visit, const Asked& asked, const Read& read) {
  const Language language = visit.language;
  const datastore::Version& version = read.version;
  page::paragraph(page,
                  msg::uploads_loaded(language, static_cast<std::int64_t>(version.fields.size()),
                                      version.rows));
  page::summary_list(page, [&](Writer& list) {
    page::summary_row(list, msg::uploads_read_as(language),
                      msg::uploads_read_as_text(language, string_or(version.source, "encoding"),
                                                string_or(version.source, "format")));
  });
  repairs(page, language, version);
  rows_table(page, language, version, read.rows);
  columns_table(page, language, version);
  take_form(page, visit, asked);
}

Result<net::Response> upload_page(const Parts& parts, const Visit& visit, const Asked& asked,
                                  const Errors& errors) {
  const Language language = visit.language;
  const Upload& upload = asked.upload;
  std::optional<Read> read;
  if (upload.state == State::ready) {
    MINBEN_TRY(found, read_upload(parts, upload));
    read = std::move(found);
  }
  Frame made = frame(visit, msg::uploads_title(language), Section::datasets);
  made.back = page::Link{asked.dataset.title.in(language), dataset_url(visit, asked.dataset.id)};
  made.errors = errors;
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(
            page, 1,
            upload.title.empty() ? std::string(msg::uploads_title(language)) : upload.title,
            Size::l);
        page << "<div id=\"live\" data-island=\"live\""
             << page::when(upload.under_way(), " data-poll=\"1000\"")
             << "><p class=\"govuk-hint\" role=\"status\" data-changed=\""
             << msg::uploads_over(language) << "\">";
        if (upload.under_way())
          page << "<span class=\"mb-only-script\">" << msg::uploads_live(language)
               << "</span><span class=\"mb-without-script\">" << msg::uploads_reload(language)
               << "</span>";
        page << "</p></div><div id=\"upload-now\" data-live>";
        facts(page, language, upload);
        progress(page, language, upload);
        failure(page, visit, asked);
        page << "</div><div id=\"upload-read\" data-live>";
        if (read) what_was_read(page, visit, asked, *read);
        page << "</div><div id=\"upload-cancel\" data-live>";
        cancel_form(page, visit, asked);
        page << "</div>";
      },
      errors.empty() ? 200 : 409);
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  MINBEN_TRY(asked, asked_upload(parts, visit));
  return upload_page(parts, visit, asked, {});
}

/// Faults that a steward can do something about are shown on the page.
Result<net::Response> refused(const Parts& parts, const Visit& visit, const Error& error) {
  if (error.kind != Kind::conflict && error.kind != Kind::invalid) return fail(error);
  MINBEN_TRY(asked, asked_upload(parts, visit));
  return upload_page(parts, visit, asked, {{"", upload_fault(visit.language, error.code)}});
}

Result<net::Response> cancel(const Parts& parts, Visit& visit) {
  MINBEN_TRY(asked, asked_upload(parts, visit));
  const auto done = parts.database.transact(
      [&](store::Transaction& tx) { return parts.uploads.cancel(tx, asked.upload.id); });
  if (!done) return refused(parts, visit, done.error());
  return page::redirect_with(visit, dataset_url(visit, asked.dataset.id), page::Notice::success,
                             msg::uploads_cancelled_notice(visit.language));
}

/// The dataset with what the table's new version says.
Result<Dataset> with_version(const Parts& parts, Dataset dataset, const Upload& upload,
                             const datastore::Version& version) {
  const DistributionId id{upload.table.value};
  auto& all = dataset.distributions;
  auto found = std::ranges::find(all, id, &Distribution::id);
  if (found == all.end()) {
    if (!upload.is_new) return fail(Kind::conflict, "changed_meanwhile");
    found = all.insert(all.end(), Distribution{});
    found->id = id;
  }
  if (!upload.title.empty()) found->title.zh_hant = upload.title;
  uploads::describe(dataset, id, version, parts.site.config().origin, parts.clock, parts.random);
  dataset.modified = parts.site.now();
  return dataset;
}

/// Rows, file and description become what they are together, or not at all.
Result<net::Response> take(const Parts& parts, Visit& visit) {
  MINBEN_TRY(asked, asked_upload(parts, visit));
  if (asked.entry.status == Status::withdrawn)
    return refused(parts, visit, {Kind::conflict, "withdrawn", "", "", 0, 0});
  const bool keep = visit.request.form.get("keep") == "yes";
  const auto taken = parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(version, parts.uploads.take(tx, asked.upload.id, keep));
    MINBEN_TRY(entry, parts.catalogue.find(tx, asked.dataset.id));
    MINBEN_TRY(draft, parts.catalogue.draft(tx, asked.dataset.id));
    MINBEN_TRY(changed, with_version(parts, std::move(draft), asked.upload, version));
    MINBEN_TRY(saved, parts.catalogue.save_draft(tx, changed, entry.revision));
    if (!at_once(asked)) return {};
    MINBEN_CHECK(parts.catalogue.publish(tx, changed.id, saved.revision, asked.upload.note,
                                         actor_of(visit)));
    return {};
  });
  if (!taken) return refused(parts, visit, taken.error());
  return page::redirect_with(visit, dataset_url(visit, asked.dataset.id), page::Notice::success,
                             at_once(asked) ? msg::uploads_taken_published(visit.language)
                                            : msg::uploads_taken_draft(visit.language));
}

}  // namespace

Url upload_url(const Visit& visit, const catalogue::DatasetId& dataset, uploads::UploadId id,
               std::initializer_list<std::string_view> more) {
  return dataset_url(visit, dataset, {"uploads", to_string(id)}).below(more);
}

std::string upload_fault(Language language, std::string_view code) {
  const auto text = msg::find_in_uploads(language, fmt::format("uploads_fault_{}", code));
  return text ? std::string(*text) : page::error_text(language, code);
}

Result<std::vector<Upload>> uploads_under_way(const Parts& parts,
                                              const catalogue::DatasetId& dataset) {
  MINBEN_TRY(all, parts.database.separately([&](store::Transaction& tx) {
    return parts.uploads.of_dataset(tx, dataset, most_listed);
  }));
  std::erase_if(all,
                [](const Upload& each) { return !each.under_way() && each.state != State::ready; });
  return all;
}

void uploads_list(Writer& page, const Visit& visit, std::span<const Upload> all) {
  if (all.empty()) return;
  page::heading(page, 2, msg::uploads_open(visit.language));
  page << "<ul class=\"govuk-list\">";
  for (const Upload& each : all) {
    page << "<li>";
    page::link(page, each.file_name, upload_url(visit, each.dataset, each.id));
    page << " · " << page::bytes_text(each.bytes) << " ";
    state_tag(page, visit.language, each);
    page << "</li>";
  }
  page << "</ul>";
}

void add_uploads(Pages& pages) {
  using page::access::data_steward;
  pages.get("/desk/data/datasets/{dataset}/uploads/{upload}", data_steward, show);
  pages.post("/desk/data/datasets/{dataset}/uploads/{upload}/take", data_steward, take);
  pages.post("/desk/data/datasets/{dataset}/uploads/{upload}/cancel", data_steward, cancel);
}

}  // namespace minben::steward
