#include "documents.hpp"

#include <algorithm>
#include <fstream>

#include "identity/identity.hpp"
#include "queries.hpp"
#include "trust/trust.hpp"

namespace minben::documents {

namespace {

constexpr std::size_t piece_bytes = 256u << 10;
constexpr std::size_t max_name_characters = 120;

/// The last part of a path of any system, without control characters, cut to a bounded length.
std::string clean_name(std::string_view name) {
  name = name.substr(name.find_last_of("/\\") + 1);  // npos + 1 = 0
  if (!is_utf8(name)) return "file";
  std::string clean;
  for (const char c : to_nfc(trim(name))) {
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f && c != '"') clean += c;
  }
  while (length_in_characters(clean) > max_name_characters) {  // keeps the extension
    auto cut = clean.size() / 2;
    while (cut > 0 && (static_cast<unsigned char>(clean[cut]) & 0xc0) == 0x80) --cut;
    auto next = cut + 1;
    while (next < clean.size() && (static_cast<unsigned char>(clean[next]) & 0xc0) == 0x80) ++next;
    clean.erase(cut, next - cut);
  }
  return clean.empty() ? "file" : clean;
}

std::string key_context(DocumentId id) { return "documents/" + to_string(id); }
std::string piece_context(std::int64_t number, std::int64_t of) {
  return "documents.piece/" + std::to_string(number) + "/" + std::to_string(of);
}

Type type_from(const std::string& name) {
  if (name == "jpeg") return Type::jpeg;
  return name == "png" ? Type::png : Type::pdf;
}

Result<std::string> read_bounded(const std::filesystem::path& path, std::size_t most) {
  std::ifstream file(path, std::ios::binary);
  std::error_code unknown;
  const auto size = std::filesystem::file_size(path, unknown);
  if (!file || unknown)
    return fail(Kind::internal, "upload_lost", "the uploaded file cannot be read");
  std::string content(std::min<std::uintmax_t>(size, most) + 1, '\0');
  file.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (file.bad()) return fail(Kind::internal, "upload_lost", "the uploaded file cannot be read");
  content.resize(static_cast<std::size_t>(file.gcount()));
  if (content.size() > most) return fail(Kind::too_large, "file_too_large");
  return content;
}

std::unexpected<Error> not_found() { return fail(Kind::not_found, "document_not_found"); }

/// Equal for equal content, purpose and owner; says nothing without the vault's key.
Bytes lookup_of(const identity::Vault& vault, const Document& document) {
  return vault.lookup("documents.same",
                      to_string(document.person) + document.purpose + document.sha256_hex);
}

Result<Document> read_row(const store::Row& row, const trust::DataKey& key) {
  Document document;
  document.id = row.id<DocumentId>("id");
  document.person = row.id<PersonId>("person_id");
  document.case_id = row.id<CaseId>("case_id");
  document.purpose = row.text("purpose");
  document.type = type_from(row.text("type"));
  document.origin = row.text("origin") == "uploaded" ? Origin::uploaded : Origin::generated;
  document.size = row.integer("bytes");
  document.pages = static_cast<int>(row.integer("pages"));
  document.width = static_cast<int>(row.integer("width"));
  document.height = static_cast<int>(row.integer("height"));
  document.at = row.instant("created_at");
  MINBEN_TRY(name, trust::open(key, row.bytes("file_name"), "documents.file_name"));
  MINBEN_TRY(digest, trust::open(key, row.bytes("digest"), "documents.digest"));
  document.file_name = as_text(name);
  document.sha256_hex = hex_encode(digest);
  return document;
}

}  // namespace

Documents::Documents(const identity::Vault& vault, const Clock& clock, Random& random,
                     Limits limits)
    : vault_(vault), clock_(clock), random_(random), limits_(limits) {}

Result<Document> Documents::add(store::Transaction& transaction, const NewDocument& request,
                                std::span<const std::uint8_t> content) {
  if (!is_code(request.purpose)) return fail(Kind::invalid, "bad_purpose");
  MINBEN_TRY(found, inspect(content, limits_));
  MINBEN_CHECK(check_claims(found, request.file_name, request.claimed_type));
  Document document;
  document.person = request.person;
  document.purpose = request.purpose;
  document.file_name = clean_name(request.file_name);
  document.type = found.type;
  document.pages = found.pages;
  document.width = found.width;
  document.height = found.height;
  document.sha256_hex = hex_encode(sha256(content));
  MINBEN_TRY(same, transaction.run(find_same, document.person, lookup_of(vault_, document)));
  if (!same.empty()) return find(transaction, document.person, same.front().id<DocumentId>("id"));
  MINBEN_TRY(waiting, transaction.run(count_unattached, document.person));
  if (waiting.front().integer("count") >= limits_.max_unattached) {
    return fail(Kind::too_many, "too_many_documents");
  }
  return store(transaction, std::move(document), content);
}

Result<Document> Documents::add_file(store::Transaction& transaction, const NewDocument& request,
                                     const std::filesystem::path& file) {
  MINBEN_TRY(content, read_bounded(file, limits_.max_bytes));
  return add(transaction, request, as_bytes(content));
}

Result<Document> Documents::generate(store::Transaction& transaction, PersonId person,
                                     CaseId case_id, std::string_view purpose,
                                     std::string_view file_name, const Template& form,
                                     const Values& values) {
  if (!is_code(purpose)) return fail(Kind::invalid, "bad_purpose");
  MINBEN_TRY(pdf, render_pdf(form, values, clock_.now()));
  Document document;
  document.person = person;
  document.case_id = case_id;
  document.purpose = purpose;
  document.file_name = clean_name(file_name);
  document.origin = Origin::generated;
  document.sha256_hex = hex_encode(sha256(pdf));
  MINBEN_TRY(found, inspect(as_bytes(pdf), limits_));
  document.pages = found.pages;
  return store(transaction, std::move(document), as_bytes(pdf));
}

Result<Document> Documents::store(store::Transaction& transaction, Document document,
                                  std::span<const std::uint8_t> content) {
  document.id = DocumentId::make(clock_, random_);
  document.at = clock_.now();
  document.size = static_cast<std::int64_t>(content.size());
  const auto pieces = static_cast<std::int64_t>((content.size() + piece_bytes - 1) / piece_bytes);
  MINBEN_TRY(key, vault_.file_key(transaction, document.person, key_context(document.id)));
  MINBEN_TRY(name, trust::seal(key, as_bytes(document.file_name), "documents.file_name", random_));
  MINBEN_TRY(digest, trust::seal(key, sha256(content), "documents.digest", random_));
  const std::optional<CaseId> owner_case =
      document.case_id.is_nil() ? std::nullopt : std::optional(document.case_id);
  MINBEN_CHECK(
      transaction.run(insert_document, document.person, document.id, owner_case, document.purpose,
                      document.origin == Origin::uploaded ? "uploaded" : "generated",
                      name_of(document.type), document.size, pieces, document.pages, document.width,
                      document.height, name, digest, lookup_of(vault_, document), document.at));
  for (std::int64_t number = 0; number < pieces; ++number) {
    const std::size_t from = static_cast<std::size_t>(number) * piece_bytes;
    const auto piece = content.subspan(from, std::min(piece_bytes, content.size() - from));
    MINBEN_TRY(sealed, trust::seal(key, piece, piece_context(number, pieces), random_));
    MINBEN_CHECK(transaction.run(insert_piece, document.person, document.id, number, sealed));
  }
  return document;
}

Result<void> Documents::attach(store::Transaction& transaction, PersonId person,
                               DocumentId document, CaseId case_id) {
  MINBEN_TRY(rows, transaction.run(lock_document, person, document));
  if (rows.empty()) return not_found();
  const auto current = rows.front().id<CaseId>("case_id");
  if (current == case_id) return {};
  if (!current.is_nil()) return fail(Kind::conflict, "document_in_case");
  MINBEN_CHECK(transaction.run(attach_document, person, document, case_id));
  return {};
}

Result<void> Documents::remove(store::Transaction& transaction, PersonId person,
                               DocumentId document) {
  MINBEN_TRY(rows, transaction.run(lock_document, person, document));
  if (rows.empty()) return not_found();
  if (!rows.front().is_null("case_id")) return fail(Kind::conflict, "document_in_case");
  MINBEN_CHECK(transaction.run(delete_document, person, document));
  return {};
}

Result<Document> Documents::find(store::Transaction& transaction, PersonId person,
                                 DocumentId document) {
  MINBEN_TRY(rows, transaction.run(find_document, person, document));
  if (rows.empty()) return not_found();
  MINBEN_TRY(key, vault_.file_key(transaction, person, key_context(document)));
  return read_row(rows.front(), key);
}

Result<std::vector<Document>> Documents::of_case(store::Transaction& transaction, PersonId person,
                                                 CaseId case_id) {
  MINBEN_TRY(rows, transaction.run(find_of_case, person, case_id));
  std::vector<Document> documents;
  for (const auto row : rows) {
    MINBEN_TRY(key, vault_.file_key(transaction, person, key_context(row.id<DocumentId>("id"))));
    MINBEN_TRY(document, read_row(row, key));
    documents.push_back(std::move(document));
  }
  return documents;
}

Result<std::string> Documents::content(store::Transaction& transaction, PersonId person,
                                       DocumentId document) {
  MINBEN_TRY(about, find(transaction, person, document));
  MINBEN_TRY(key, vault_.file_key(transaction, person, key_context(document)));
  MINBEN_TRY(rows, transaction.run(find_pieces, person, document));
  std::string content;
  content.reserve(static_cast<std::size_t>(about.size));
  for (const auto row : rows) {
    const std::string context = piece_context(row.integer("number"), rows.size());
    MINBEN_TRY(piece, trust::open(key, row.bytes("content"), context));
    content.append(as_text(piece));
  }
  if (hex_encode(sha256(content)) != about.sha256_hex) {
    return fail(Kind::internal, "document_damaged", to_string(document));
  }
  return content;
}

Result<int> Documents::remove_unattached(store::Transaction& transaction, Instant before) {
  MINBEN_TRY(rows, transaction.run(delete_unattached, before));
  return static_cast<int>(rows.affected());
}

}  // namespace minben::documents
