// Documents beside the answers: shown in a frame of their own, or downloaded.
#include "case_view.hpp"

namespace minben::desk {

namespace {

using casework::CaseDocument;

std::string title_of(const Opened& opened, const CaseDocument& document, Language language) {
  if (!document.field.empty()) return field_title(opened, document.field, language);
  for (const auto& output : opened.package->outputs)
    if (output.name == document.kind) return output.form.title.in(language);
  return document.kind;
}

const CaseDocument* chosen(const Visit& visit, const std::vector<CaseDocument>& all) {
  const std::string_view wanted = visit.request.query.get("document");
  for (const CaseDocument& document : all)
    if (document.id == wanted) return &document;
  return all.empty() ? nullptr : &all.front();
}

void list_of(Writer& page, const Visit& visit, const Opened& opened, const CaseDocument& shown) {
  page << "<ul class=\"govuk-list mb-viewer__list\">";
  for (const CaseDocument& document : opened.view().documents) {
    const Url url =
        case_url(visit, opened.id()).with("document", document.id).with_fragment("viewer");
    page << "<li><a class=\"govuk-link\" href=\"" << url << "\""
         << when(document.id == shown.id, " aria-current=\"true\"") << ">"
         << title_of(opened, document, visit.language) << "</a></li>";
  }
  page << "</ul>";
}

const documents::Document* about(const Opened& opened, const CaseDocument& document) {
  for (const auto& file : opened.files)
    if (to_string(file.id) == document.id) return &file;
  return nullptr;
}

void show(Writer& page, const Visit& visit, const Opened& opened, const CaseDocument& document) {
  const Language language = visit.language;
  const std::string title = title_of(opened, document, language);
  const Url inline_url = case_url(visit, opened.id(), {"documents", document.id, "view"});
  const auto* file = about(opened, document);
  if (file && file->type != documents::Type::pdf)
    page << "<img class=\"mb-viewer__image\" src=\"" << inline_url << "\" alt=\"" << title << "\">";
  else
    page << "<iframe class=\"mb-viewer__frame\" src=\"" << inline_url << "\" title=\"" << title
         << "\"></iframe>";
  page << "<p class=\"govuk-body\">";
  page::link(page, msg::desk_download(language, file ? file->file_name : title),
             case_url(visit, opened.id(), {"documents", document.id}));
  page << "</p>";
}

}  // namespace

void viewer_part(Writer& page, const Visit& visit, const Opened& opened) {
  const Language language = visit.language;
  page << "<section class=\"mb-viewer\" id=\"viewer\" aria-label=\""
       << msg::desk_documents(language) << "\">";
  page::heading(page, 2, msg::desk_documents(language));
  const CaseDocument* shown = chosen(visit, opened.view().documents);
  if (!shown) {
    page::paragraph(page, msg::desk_documents_none(language));
  } else {
    list_of(page, visit, opened, *shown);
    show(page, visit, opened, *shown);
  }
  page << "</section>";
}

namespace {

struct File {
  std::string content;
  documents::Type type;
};

/// Only those of a case that the officer's agency takes part in; recorded as a use of the data.
Result<File> load(const Parts& parts, const Visit& visit) {
  MINBEN_TRY(id, visit.id<CaseId>("case"));
  const std::string_view document = visit.request.parameter("document");
  MINBEN_TRY(content, parts.casework.document_content(visit.officer(), id, document));
  MINBEN_TRY(found, documents::inspect(as_bytes(content), parts.documents.limits()));
  return File{std::move(content), found.type};
}

/// The file stands alone: it may load, run, submit and reach nothing. Images are sandboxed as well;
/// browsers refuse to show a PDF in a sandbox, and uploads with active content were refused.
net::Response inline_file(File file) {
  const bool pdf = file.type == documents::Type::pdf;
  auto response = net::Response::bytes(std::move(file.content), documents::media_type(file.type));
  response.headers.set("Content-Disposition", "inline");
  response.headers.set("Content-Security-Policy",
                       pdf ? "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; "
                             "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
                           : "default-src 'none'; sandbox; frame-ancestors 'self'");
  return response;
}

Result<net::Response> view(const Parts& parts, Visit& visit) {
  MINBEN_TRY(file, load(parts, visit));
  return inline_file(std::move(file));
}

Result<net::Response> download(const Parts& parts, Visit& visit) {
  MINBEN_TRY(file, load(parts, visit));
  const std::string name = std::string(visit.request.parameter("document")) +
                           std::string(documents::file_extension(file.type));
  return page::download(std::move(file.content), documents::media_type(file.type), name);
}

}  // namespace

void add_files(Pages& pages) {
  using page::access::officer_of_case;
  pages.get("/desk/cases/{case}/documents/{document}", officer_of_case, download);
  pages.get("/desk/cases/{case}/documents/{document}/view", officer_of_case, view);
}

}  // namespace minben::desk
