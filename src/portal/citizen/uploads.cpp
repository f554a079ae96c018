// Files that came with a page of questions.
#include "questions.hpp"

namespace minben::citizen {

namespace {

using forms::Field;
using forms::FieldKind;

const net::Upload* upload_of(const net::Form& form, std::string_view name) {
  for (const net::Upload& upload : form.uploads)
    if (upload.field == name && (upload.size > 0 || !upload.file_name.empty())) return &upload;
  return nullptr;
}

std::string lower_purpose(std::string_view name) {
  std::string purpose = to_lower_ascii(name);
  return is_code(purpose) ? purpose : "upload";
}

class Receiver {
 public:
  Receiver(const Parts& parts, const Visit& visit, const JsonObject& current, Received& received)
      : parts_(parts), visit_(visit), current_(current), received_(received) {}

  Result<void> take(const Field& field, const std::string& prefix) {
    const std::string name = prefix + field.name;
    for (const Field& inner : field.kind == FieldKind::group ? field.fields : std::vector<Field>{})
      MINBEN_CHECK(take(inner, name + "."));
    if (field.kind != FieldKind::file) return {};
    const net::Upload* upload = upload_of(visit_.request.form, name);
    if (upload == nullptr) return keep(field, name);
    if (field.max_bytes > 0 && upload->size > field.max_bytes)
      return refuse(field, name, "file_too_large");
    return store(field, name, *upload);
  }

 private:
  Result<void> store(const Field& field, const std::string& name, const net::Upload& upload) {
    const documents::NewDocument made{.person = visit_.person(),
                                      .purpose = lower_purpose(field.name),
                                      .file_name = upload.file_name,
                                      .claimed_type = upload.claimed_type};
    const auto stored = parts_.transact(
        [&](store::Transaction& tx) { return parts_.documents.add_file(tx, made, upload.path); });
    if (!stored) {
      if (stored.error().kind == Kind::internal || stored.error().kind == Kind::unavailable)
        return std::unexpected(stored.error());
      return refuse(field, name, stored.error().code);
    }
    if (!accepts(field, *stored)) return refuse(field, name, "file_type_not_asked");
    received_.inputs.emplace_back(name, to_string(stored->id));
    return {};
  }

  static bool accepts(const Field& field, const documents::Document& document) {
    const auto type = documents::media_type(document.type);
    return field.accept.empty() ||
           std::find(field.accept.begin(), field.accept.end(), type) != field.accept.end();
  }

  Result<void> refuse(const Field& field, const std::string& name, std::string_view code) {
    received_.problems.push_back(
        {.pointer = field.pointer, .input = name, .code = std::string(code), .values = {}});
    return keep(field, name);
  }

  Result<void> keep(const Field& field, const std::string& name) {
    const std::string id = current_id(field.pointer);
    if (!id.empty()) received_.inputs.emplace_back(name, id);
    return {};
  }

  /// Lists hold no files, so every step of the pointer is a property.
  [[nodiscard]] std::string current_id(std::string_view pointer) const {
    const JsonObject* object = &current_;
    const auto steps = split(pointer.substr(1), '/');
    for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
      const Json* inner = object->if_contains(steps[i]);
      if (inner == nullptr || !inner->is_object()) return {};
      object = &inner->as_object();
    }
    const Json* value = object->if_contains(steps.back());
    return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
  }

  const Parts& parts_;
  const Visit& visit_;
  const JsonObject& current_;
  Received& received_;
};

}  // namespace

Result<Received> receive(const Parts& parts, const Visit& visit, const std::vector<Field>& fields,
                         const JsonObject& current) {
  Received received;
  received.inputs = visit.request.form.fields();
  // A document is named by us alone: what a form claims about a file field does not count.
  std::erase_if(received.inputs, [&](const forms::Input& input) {
    return std::any_of(fields.begin(), fields.end(), [&](const Field& field) {
      return field.kind == FieldKind::file && field.name == input.first;
    });
  });
  Receiver receiver(parts, visit, current, received);
  for (const Field& field : fields) MINBEN_CHECK(receiver.take(field, ""));
  return received;
}

Result<std::map<std::string, std::string, std::less<>>> file_names(const Parts& parts,
                                                                   PersonId person,
                                                                   const forms::Form& form,
                                                                   const JsonObject& answers) {
  std::map<std::string, std::string, std::less<>> names;
  MINBEN_CHECK(parts.transact([&](store::Transaction& tx) -> Result<void> {
    for (const forms::SummaryRow& row : form.summary(answers)) {
      if (row.kind != FieldKind::file) continue;
      for (const Bilingual& value : row.values) {
        const auto id = documents::DocumentId::parse(value.en);
        if (!id) continue;
        const auto document = parts.documents.find(tx, person, *id);
        if (document) names[value.en] = document->file_name;
      }
    }
    return {};
  }));
  return names;
}

}  // namespace minben::citizen
