#include "data_document.hpp"

#include "documents/documents.hpp"

namespace minben::app {

namespace {

std::string text_of(const Json& value) {
  if (value.is_string()) return std::string(value.get_string().c_str());
  return value.is_null() ? std::string("–") : write_json(value);
}

/// A text of a mapping as part of a template.
std::string literal(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '{' || c == '}') out += c;
    out += c;
  }
  return out;
}
Bilingual literal(const Bilingual& text) { return {literal(text.zh_hant), literal(text.en)}; }

documents::FieldTable table_of(const mydata::Resource& resource, const Json& data,
                               documents::Values& values) {
  documents::FieldTable table;
  for (const mydata::Field& field : resource.fields) {
    const Json* value = find(data, field.name);
    if (value == nullptr) continue;
    // Data is text for a placeholder, never part of the template.
    const std::string name = fmt::format("value_{}", table.fields.size());
    const std::string hole = "{" + name + "}";
    values.set(name, text_of(*value));
    table.fields.push_back({literal(field.title), {hole, hole}});
  }
  return table;
}

}  // namespace

Result<std::string> data_document(const mydata::Resource& resource, const Json& data, Instant at) {
  documents::Values values;
  documents::Template form;
  form.file = resource.id;
  form.title = literal(resource.title);
  form.issuer = {"MyData " + resource.provider.value, "MyData " + resource.provider.value};
  form.reference = "{resource}";
  values.set("resource", resource.id);
  values.set("at", {long_time(at, Language::zh_hant), long_time(at, Language::en)});
  form.blocks.push_back({documents::Paragraph{{"取得時間：{at}", "Fetched: {at}"}, false}, {}, 0});
  form.blocks.push_back({table_of(resource, data, values), {}, 0});
  form.blocks.push_back(
      {documents::Paragraph{{"以同一壓縮檔內的簽章為準；本文件供閱讀與列印。",
                             "What is signed is the package that this document came in. It is for "
                             "reading and printing."},
                            true},
       {},
       0});
  return documents::render_pdf(form, values, at);
}

}  // namespace minben::app
