// The agency's datasets: described, given files, published, withdrawn.
#include <algorithm>

#include <fmt/format.h>

#include "catalogue/vocabulary.hpp"
#include "datastore/datastore.hpp"
#include "publishing.hpp"
#include "upload_parts.hpp"

namespace minben::steward {

namespace {

using catalogue::Distribution;
using catalogue::Status;
using datastore::TableId;
using net::operator""_MiB;
using Errors = std::vector<page::ErrorLine>;

constexpr int most_listed = 200;

void status_tag(Writer& page, const Visit& visit, const Entry& entry) {
  const Language language = visit.language;
  switch (entry.status) {
    case Status::draft:
      return page::tag(page, msg::steward_draft(language), Tone::waiting);
    case Status::withdrawn:
      return page::tag(page, msg::steward_withdrawn(language), Tone::bad);
    case Status::published:
      page::tag(page, msg::steward_published(language, entry.version), Tone::good);
  }
  if (!entry.has_draft) return;
  page << " ";
  page::tag(page, msg::steward_changed(language), Tone::waiting);
}

Result<std::vector<Entry>> own_datasets(const Parts& parts, const Visit& visit) {
  MINBEN_TRY(publishers, own_publishers(parts, visit));
  std::vector<Entry> all;
  for (const auto& publisher : publishers) {
    MINBEN_TRY(some, parts.database.separately([&](store::Transaction& tx) {
      return parts.catalogue.of_publisher(tx, publisher.code, most_listed);
    }));
    std::ranges::move(some, std::back_inserter(all));
  }
  return all;
}

Result<net::Response> list(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(entries, own_datasets(parts, visit));
  const std::vector<page::Column> columns{
      {.title = std::string(msg::steward_title_zh(language)), .self_evident = true},
      {.title = std::string(msg::steward_state(language))},
      {.title = std::string(msg::steward_last_change(language))}};
  Frame made = frame(visit, msg::steward_datasets(language), Section::datasets);
  made.wide = true;
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, msg::steward_datasets(language), Size::l);
    page::button_group(page, [&](Writer& group) {
      page::link_button(group, msg::steward_new(language), desk_url(visit, {"datasets", "new"}));
      page::link_button(group, msg::steward_series_list(language), desk_url(visit, {"series"}),
                        page::ButtonStyle::secondary);
    });
    if (entries.empty()) return page::paragraph(page, msg::steward_no_datasets(language));
    page::table(page, msg::steward_datasets(language), columns,
                [&](Writer& rows) {
                  for (const Entry& each : entries)
                    page::stacked_row(rows, columns, [&](page::Cells& cells) {
                      cells.head([&](Writer& cell) {
                        page::link(cell, each.dataset.title.in(language),
                                   dataset_url(visit, each.dataset.id));
                      });
                      cells.add([&](Writer& cell) { status_tag(cell, visit, each); });
                      cells.add(long_time(each.changed_at, language));
                    });
                },
                {.caption_hidden = true, .stacks = true});
  });
}

// ------------------------------------------------------------------------------------ describing

net::Response form_page(const Visit& visit, std::string_view title, const Dataset& dataset,
                        const Own& own, const Errors& errors, const Url& action, int revision,
                        const page::Link& back) {
  Frame made = frame(visit, title, Section::datasets);
  made.back = back;
  made.errors = errors;
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, title, Size::l);
        page::form(page, visit, action, [&](Writer& form) {
          page::hidden(form, "revision", std::to_string(revision));
          dataset_form(form, visit, dataset, own, errors);
          page::button(form, msg::steward_save(visit.language));
        });
      },
      errors.empty() ? 200 : 422);
}

page::Link to_list(const Visit& visit) {
  return {std::string(msg::steward_datasets(visit.language)), desk_url(visit, {"datasets"})};
}

Result<net::Response> new_page(const Visit& visit, const Dataset& dataset, const Own& own,
                               const Errors& errors) {
  return form_page(visit, msg::steward_new(visit.language), dataset, own, errors,
                   desk_url(visit, {"datasets", "new"}), 0, to_list(visit));
}

Result<net::Response> ask_new(const Parts& parts, Visit& visit) {
  MINBEN_TRY(own, own_lists(parts, visit));
  if (own.publishers.empty())
    return fail(Kind::forbidden, "no_publisher", "the agency publishes nothing yet");
  Dataset dataset;
  dataset.publisher = own.publishers.front().code;
  dataset.licence = "OGDL-TW-1.0";
  dataset.languages = {"zh-Hant"};
  return new_page(visit, dataset, own, {});
}

Result<net::Response> create(const Parts& parts, Visit& visit) {
  MINBEN_TRY(own, own_lists(parts, visit));
  if (own.publishers.empty())
    return fail(Kind::forbidden, "no_publisher", "the agency publishes nothing yet");
  Dataset dataset;
  dataset.publisher = own.publishers.front().code;
  dataset.languages = {"zh-Hant"};
  Errors errors = read_form(visit, own, dataset);
  if (!own.has(dataset.publisher)) return fail(Kind::forbidden, "not_your_publisher");
  if (errors.empty()) {
    auto entry = parts.database.transact([&](store::Transaction& tx) {
      return parts.catalogue.create(tx, dataset, actor_of(visit));
    });
    if (entry)
      return page::redirect_with(visit, dataset_url(visit, entry->dataset.id),
                                 page::Notice::success, msg::steward_saved(visit.language));
    if (entry.error().kind != Kind::invalid) return fail(entry.error());
    errors.push_back(line_of(visit, entry.error()));
  }
  return new_page(visit, dataset, own, errors);
}

Result<net::Response> edit_page(const Parts& parts, const Visit& visit, const Entry& entry,
                                const Dataset& dataset, const Errors& errors) {
  MINBEN_TRY(own, own_lists(parts, visit));
  return form_page(visit, msg::steward_edit(visit.language), dataset, own, errors,
                   dataset_url(visit, dataset.id, {"edit"}), entry.revision,
                   {dataset.title.in(visit.language), dataset_url(visit, dataset.id)});
}

Result<net::Response> ask_edit(const Parts& parts, Visit& visit) {
  MINBEN_TRY(entry, own_dataset(parts, visit));
  MINBEN_TRY(dataset, working_copy(parts, entry));
  return edit_page(parts, visit, entry, dataset, {});
}

int posted_revision(const Visit& visit) {
  return static_cast<int>(
      parse_integer(visit.request.form.get("revision"), 0, 1'000'000'000).value_or(0));
}

Result<net::Response> edit(const Parts& parts, Visit& visit) {
  MINBEN_TRY(entry, own_dataset(parts, visit));
  MINBEN_TRY(dataset, working_copy(parts, entry));
  MINBEN_TRY(own, own_lists(parts, visit));
  Errors errors = read_form(visit, own, dataset);
  if (!own.has(dataset.publisher)) return fail(Kind::forbidden, "not_your_publisher");
  if (errors.empty()) {
    const auto saved = parts.database.transact([&](store::Transaction& tx) {
      return parts.catalogue.save_draft(tx, dataset, posted_revision(visit));
    });
    if (saved)
      return page::redirect_with(visit, dataset_url(visit, dataset.id), page::Notice::success,
                                 msg::steward_saved(visit.language));
    if (saved.error().kind != Kind::invalid && saved.error().code != "changed_meanwhile")
      return fail(saved.error());
    errors.push_back(line_of(visit, saved.error()));
  }
  return edit_page(parts, visit, entry, dataset, errors);
}

// ------------------------------------------------------------------------------------- one of them

void files_list(Writer& page, const Parts& parts, const Visit& visit, const Dataset& dataset) {
  const Language language = visit.language;
  page::heading(page, 2, msg::steward_files(language));
  if (dataset.distributions.empty()) page::paragraph(page, msg::steward_no_files(language));
  page << "<ul class=\"govuk-list\">";
  for (const Distribution& each : dataset.distributions) {
    page << "<li><strong>" << each.title.in(language) << "</strong> · " << each.format;
    if (each.rows) page << " · " << msg::steward_rows(language, *each.rows);
    if (!uploads::is_original(each, parts.site.config().origin)) {
      page << " · ";
      page::link(page, msg::steward_new_version(language),
                 dataset_url(visit, dataset.id, {"files", to_string(each.id)}));
    }
    page << "</li>";
  }
  page << "</ul>";
  page::link_button(page, msg::steward_add_file(language),
                    dataset_url(visit, dataset.id, {"files", "new"}), page::ButtonStyle::secondary);
}

void release_form(Writer& page, const Visit& visit, const Entry& entry) {
  const Language language = visit.language;
  page::heading(page, 2, msg::steward_publish(language));
  page::form(page, visit, dataset_url(visit, entry.dataset.id, {"publish"}), [&](Writer& form) {
    page::hidden(form, "revision", std::to_string(entry.revision));
    page::text_input(form,
                     {.name = "note",
                      .label = std::string(msg::steward_note(language)),
                      .hint = std::string(msg::steward_note_hint(language)),
                      .error = {}},
                     {});
    page::button(form, msg::steward_publish(language));
  });
}

void withdraw_form(Writer& page, const Visit& visit, const Entry& entry) {
  const Language language = visit.language;
  page::details(page, msg::steward_withdraw(language), [&](Writer& inside) {
    page::warning_text(inside, language, msg::steward_withdraw_text(language));
    page::form(inside, visit, dataset_url(visit, entry.dataset.id, {"withdraw"}),
               [&](Writer& form) {
                 page::hidden(form, "revision", std::to_string(entry.revision));
                 page::text_input(form,
                                  {.name = "reason",
                                   .label = std::string(msg::steward_reason(language)),
                                   .hint = {},
                                   .error = {}},
                                  {});
                 page::button(form, {.text = std::string(msg::steward_withdraw(language)),
                                     .style = page::ButtonStyle::warning});
               });
  });
}

Result<net::Response> show_with(const Parts& parts, const Visit& visit, const Entry& entry,
                                const Errors& errors) {
  MINBEN_TRY(dataset, working_copy(parts, entry));
  MINBEN_TRY(open_uploads, uploads_under_way(parts, dataset.id));
  const Language language = visit.language;
  Frame made = frame(visit, dataset.title.in(language), Section::datasets);
  made.back = to_list(visit);
  made.errors = errors;
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, dataset.title.in(language), Size::l);
        page << "<p class=\"govuk-body\">";
        status_tag(page, visit, entry);
        if (entry.status == Status::published) {
          page << " ";
          page::link(page, msg::steward_public_page(language),
                     visit.url({"datasets", entry.dataset.name}));
        }
        page << "</p>";
        if (entry.status == Status::withdrawn)
          return page::paragraph(page, entry.withdrawal->reason);
        quality_line(page, parts, visit, entry);
        page::link_button(page, msg::steward_edit(language),
                          dataset_url(visit, dataset.id, {"edit"}), page::ButtonStyle::secondary);
        files_list(page, parts, visit, dataset);
        uploads_list(page, visit, open_uploads);
        stream_links(page, parts, visit, dataset);
        if (entry.has_draft) release_form(page, visit, entry);
        if (entry.version > 0) withdraw_form(page, visit, entry);
      },
      errors.empty() ? 200 : 422);
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  MINBEN_TRY(entry, own_dataset(parts, visit));
  return show_with(parts, visit, entry, {});
}

/// Back to the page with a notice, or the page with what was wrong.
Result<net::Response> after(const Parts& parts, const Visit& visit, const Entry& entry,
                            const Result<Entry>& result, std::string_view notice) {
  if (result)
    return page::redirect_with(visit, dataset_url(visit, entry.dataset.id), page::Notice::success,
                               notice);
  if (result.error().kind != Kind::invalid && result.error().kind != Kind::conflict)
    return fail(result.error());
  return show_with(parts, visit, entry, {line_of(visit, result.error())});
}

Result<net::Response> publish(const Parts& parts, Visit& visit) {
  MINBEN_TRY(entry, own_dataset(parts, visit));
  const auto published = parts.database.transact([&](store::Transaction& tx) {
    return parts.catalogue.publish(tx, entry.dataset.id, posted_revision(visit),
                                   trim(visit.request.form.get("note")), actor_of(visit));
  });
  return after(parts, visit, entry, published, msg::steward_published_notice(visit.language));
}

Result<net::Response> withdraw(const Parts& parts, Visit& visit) {
  MINBEN_TRY(entry, own_dataset(parts, visit));
  const auto withdrawn = parts.database.transact([&](store::Transaction& tx) {
    return parts.catalogue.withdraw(tx, entry.dataset.id, posted_revision(visit),
                                    trim(visit.request.form.get("reason")), actor_of(visit));
  });
  if (withdrawn) {
    for (const Distribution& each : entry.dataset.distributions)
      (void)parts.tables.withdraw(TableId{each.id.value});
    MINBEN_TRY(open_uploads, uploads_under_way(parts, entry.dataset.id));
    for (const uploads::Upload& each : open_uploads)
      (void)parts.database.transact(
          [&](store::Transaction& tx) { return parts.uploads.cancel(tx, each.id); });
  }
  return after(parts, visit, entry, withdrawn, msg::steward_withdrawn_notice(visit.language));
}

}  // namespace

Result<std::vector<catalogue::Publisher>> own_publishers(const Parts& parts, const Visit& visit) {
  MINBEN_TRY(all, parts.database.separately(
                      [&](store::Transaction& tx) { return parts.catalogue.publishers(tx); }));
  std::erase_if(all, [&](const catalogue::Publisher& each) {
    return each.agency != visit.officer().agency.value;
  });
  return all;
}

bool Own::has(const catalogue::PublisherCode& code) const {
  return std::ranges::find(publishers, code, &catalogue::Publisher::code) != publishers.end();
}

Result<Own> own_lists(const Parts& parts, const Visit& visit) {
  Own own;
  MINBEN_TRY(publishers, own_publishers(parts, visit));
  own.publishers = std::move(publishers);
  MINBEN_TRY(series, parts.database.separately(
                         [&](store::Transaction& tx) { return parts.catalogue.all_series(tx); }));
  std::erase_if(series, [&](const catalogue::Series& each) { return !own.has(each.publisher); });
  own.series = std::move(series);
  return own;
}

Result<Entry> own_dataset(const Parts& parts, const Visit& visit) {
  MINBEN_TRY(id, visit.id<catalogue::DatasetId>("dataset"));
  MINBEN_TRY(entry, parts.database.separately(
                        [&](store::Transaction& tx) { return parts.catalogue.find(tx, id); }));
  MINBEN_TRY(publishers, own_publishers(parts, visit));
  if (std::ranges::find(publishers, entry.dataset.publisher, &catalogue::Publisher::code) ==
      publishers.end())
    return fail(Kind::not_found, "no_such_dataset");
  return entry;
}

Result<Dataset> working_copy(const Parts& parts, const Entry& entry) {
  return parts.database.separately(
      [&](store::Transaction& tx) { return parts.catalogue.draft(tx, entry.dataset.id); });
}

Url dataset_url(const Visit& visit, const catalogue::DatasetId& id,
                std::initializer_list<std::string_view> more) {
  return desk_url(visit, {"datasets", to_string(id)}).below(more);
}

catalogue::Actor actor_of(const Visit& visit) {
  return {catalogue::Actor::Kind::officer, to_string(visit.officer().id)};
}

void add_datasets(Pages& pages) {
  using page::access::data_steward;
  pages.get("/desk/data/datasets", data_steward, list);
  pages.get("/desk/data/datasets/new", data_steward, ask_new);
  pages.post("/desk/data/datasets/new", data_steward, create, 1_MiB);
  pages.get("/desk/data/datasets/{dataset}", data_steward, show);
  pages.get("/desk/data/datasets/{dataset}/edit", data_steward, ask_edit);
  pages.post("/desk/data/datasets/{dataset}/edit", data_steward, edit, 1_MiB);
  pages.post("/desk/data/datasets/{dataset}/publish", data_steward, publish);
  pages.post("/desk/data/datasets/{dataset}/withdraw", data_steward, withdraw);
}

}  // namespace minben::steward
