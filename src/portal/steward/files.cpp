// Files of a dataset: what is uploaded becomes a version of a table, which people get in every
// form. Here it is asked for and taken over; uploads.cpp shows what becomes of it.
#include <algorithm>

#include "publishing.hpp"
#include "upload_parts.hpp"

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

/// Not the file that a table was read from: that one changes with its table.
const Distribution* distribution_of(const Parts& parts, const Visit& visit,
                                    const Dataset& dataset) {
  const auto id = DistributionId::parse(visit.request.parameter("file"));
  if (!id) return nullptr;
  const auto found = std::ranges::find(dataset.distributions, *id, &Distribution::id);
  if (found == dataset.distributions.end()) return nullptr;
  return uploads::is_original(*found, parts.site.config().origin) ? nullptr : &*found;
}

Result<net::Response> ask_new(const Parts& parts, Visit& visit) {
  MINBEN_TRY(entry, own_dataset(parts, visit));
  MINBEN_TRY(dataset, working_copy(parts, entry));
  return ask(visit, dataset, nullptr, {});
}

Result<net::Response> ask_version(const Parts& parts, Visit& visit) {
  MINBEN_TRY(entry, own_dataset(parts, visit));
  MINBEN_TRY(dataset, working_copy(parts, entry));
  const Distribution* old = distribution_of(parts, visit, dataset);
  if (!old) return fail(Kind::not_found, "no_such_page");
  return ask(visit, dataset, old, {});
}

Result<net::Response> refuse(const Visit& visit, const Dataset& dataset, const Distribution* old,
                             const Error& error) {
  if (error.kind != Kind::too_many) return fail(error);
  return ask(visit, dataset, old, {{"file", upload_fault(visit.language, error.code)}});
}

/// The file is read in the background; its page tells how far it is, and asks what becomes of it.
Result<net::Response> take(const Parts& parts, Visit& visit, bool is_new) {
  MINBEN_TRY(entry, own_dataset(parts, visit));
  if (entry.status == Status::withdrawn) return fail(Kind::conflict, "withdrawn");
  MINBEN_TRY(dataset, working_copy(parts, entry));
  const Distribution* old = is_new ? nullptr : distribution_of(parts, visit, dataset);
  if (!is_new && !old) return fail(Kind::not_found, "no_such_page");
  const auto& sent = visit.request.form.uploads;
  if (sent.empty() || sent.front().size == 0)
    return ask(visit, dataset, old, {{"file", std::string(msg::steward_no_file(visit.language))}});
  const net::Upload& file = sent.front();
  std::string title(trim(visit.request.form.get("title")));
  if (title.empty() && is_new) title = file.file_name;
  const auto begun =
      parts.uploads.begin({.dataset = dataset.id,
                           .table = old ? TableId{old->id.value} : TableId{parts.new_id()},
                           .is_new = is_new,
                           .agency = visit.officer().agency,
                           .asked_by = to_string(actor_of(visit)),
                           .file_name = file.file_name,
                           .sha256 = file.sha256_hex,
                           .title = std::move(title),
                           .note = std::string(trim(visit.request.form.get("note")))},
                          file.path);
  if (!begun) return refuse(visit, dataset, old, begun.error());
  return page::redirect(upload_url(visit, dataset.id, begun->id));
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
