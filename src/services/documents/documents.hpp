#pragma once
// Files of a person: uploads checked by their content, and PDFs made from a package's templates.
//
// Files are kept in the database, sealed with the owner's data key in pieces of 256 KiB. So a file
// and the answer that names it are one transaction, a killed process leaves no orphan, any node
// can serve it, a backup holds all, and erasing the person's key erases every file.
// Thread-safe throughout, except where a store::Transaction is passed (its thread only).
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"
#include "documents/template.hpp"
#include "store/store.hpp"

namespace minben::identity {
class Vault;
}

namespace minben::documents {

using DocumentId = Id<struct DocumentTag>;

/// The kinds of file that are accepted. HEIC, Office and archives are refused with a code of their
/// own.
enum class Type { pdf, jpeg, png };
std::string_view media_type(Type type);      ///< "application/pdf", "image/jpeg", "image/png"
std::string_view name_of(Type type);         ///< "pdf", "jpeg", "png"
std::string_view file_extension(Type type);  ///< ".pdf", ".jpg", ".png"

struct Limits {
  std::size_t max_bytes = 10u << 20;
  int max_pages = 100;   ///< of a PDF
  int min_side_px = 64;  ///< of an image; smaller cannot be read by anybody
  int max_side_px = 16384;
  std::int64_t max_pixels = 60'000'000;  ///< a decoder needs 4 bytes for each
  int max_unattached = 60;               ///< files of one person that belong to no case yet
};

struct Inspection {
  Type type = Type::pdf;
  int pages = 1;  ///< of a PDF; 1 for images
  int width = 0;  ///< pixels of an image; 0 for a PDF
  int height = 0;
};

/// Looks at the content alone. Reads structure, never decodes pixels or runs anything. Codes:
///   file_empty, file_too_large (Kind::too_large), file_type_unknown, file_type_heic,
///   file_type_office, file_truncated, file_damaged, image_too_small, image_too_large,
///   pdf_encrypted, pdf_active_content (JavaScript, Launch, embedded files, XFA …),
///   pdf_too_many_pages.
Result<Inspection> inspect(std::span<const std::uint8_t> content, const Limits& limits = {});
/// The claims of the sender against the content: file_type_mismatch when the name's extension or
/// the media type says another kind of file. An empty claim claims nothing.
Result<void> check_claims(const Inspection& found, std::string_view file_name,
                          std::string_view claimed_type);

struct NewDocument {
  PersonId person;
  std::string purpose;       ///< the form's field: "passport", "photo"; [a-z0-9][a-z0-9._-]{0,63}
  std::string file_name;     ///< as the sender calls it; cleaned, at most 120 characters are kept
  std::string claimed_type;  ///< media type of the upload; may be empty
};

enum class Origin { uploaded, generated };

struct Document {
  DocumentId id;
  PersonId person;
  CaseId case_id;  ///< nil until attached
  std::string purpose;
  std::string file_name;
  Type type = Type::pdf;
  Origin origin = Origin::uploaded;
  std::int64_t size = 0;   ///< bytes
  std::string sha256_hex;  ///< of the clear content
  int pages = 1;
  int width = 0;
  int height = 0;
  Instant at{};
};

class Documents {
 public:
  Documents(const identity::Vault& vault, const Clock& clock, Random& random, Limits limits = {});

  /// Inspects, checks the claims, seals and stores; all in the caller's transaction. The same
  /// content for the same purpose that is not attached yet gives the document that is already
  /// there, so a repeated request stores nothing twice. Codes: of inspect and check_claims,
  /// bad_purpose, too_many_documents (Kind::too_many).
  Result<Document> add(store::Transaction& transaction, const NewDocument& document,
                       std::span<const std::uint8_t> content);
  /// The same from a file, e.g. net::Upload::path; never reads more than the size bound.
  Result<Document> add_file(store::Transaction& transaction, const NewDocument& document,
                            const std::filesystem::path& file);

  /// Renders and stores a PDF. `file_name` is what the person will see when downloading.
  Result<Document> generate(store::Transaction& transaction, PersonId person, CaseId case_id,
                            std::string_view purpose, std::string_view file_name,
                            const Template& form, const Values& values);

  /// Ties an upload to a case: from then on remove() refuses. Again for the same case: no error;
  /// for another case: conflict "document_in_case" (a person uploads again; cases are erased
  /// apart).
  Result<void> attach(store::Transaction& transaction, PersonId person, DocumentId document,
                      CaseId case_id);
  /// conflict "document_in_case" once attached.
  Result<void> remove(store::Transaction& transaction, PersonId person, DocumentId document);

  /// The owner is part of every question: a document of somebody else is not_found
  /// "document_not_found". Whether a caller may act for that owner is decided before (by the
  /// session, or by casework for an officer whose agency holds the case).
  Result<Document> find(store::Transaction& transaction, PersonId person, DocumentId document);
  Result<std::vector<Document>> of_case(store::Transaction& transaction, PersonId person,
                                        CaseId case_id);  ///< oldest first
  /// The clear bytes, checked against the stored digest ("document_damaged" when they differ).
  Result<std::string> content(store::Transaction& transaction, PersonId person,
                              DocumentId document);

  /// Removes uploads that were attached to nothing and are older than `before`; how many.
  Result<int> remove_unattached(store::Transaction& transaction, Instant before);

  [[nodiscard]] const Limits& limits() const { return limits_; }

 private:
  Result<Document> store(store::Transaction& transaction, Document document,
                         std::span<const std::uint8_t> content);

  const identity::Vault& vault_;
  const Clock& clock_;
  Random& random_;
  Limits limits_;
};

std::span<const store::Migration> migrations();

}  // namespace minben::documents
