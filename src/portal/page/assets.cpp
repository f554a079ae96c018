#include <fstream>
#include <sstream>

#include "site.hpp"

namespace minben::page {

namespace {

constexpr std::string_view media_type(std::string_view name) {
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (name.ends_with(".svg")) return "image/svg+xml";
  if (name.ends_with(".png")) return "image/png";
  if (name.ends_with(".woff2")) return "font/woff2";
  return "application/octet-stream";
}

net::Response not_modified(std::string_view tag) {
  net::Response response;
  response.status = 304;
  response.headers.set("ETag", tag);
  return response;
}

}  // namespace

Result<Assets> Assets::load(const std::filesystem::path& directory) {
  const auto path = directory / "manifest.json";
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(Kind::not_found, "no_static_files", "run web/build.sh", path.string());
  std::ostringstream all;
  all << in.rdbuf();
  MINBEN_TRY(manifest, parse_json(all.str()));
  if (!manifest.is_object()) return fail(Kind::invalid, "bad_manifest", {}, path.string());
  Assets assets;
  assets.directory_ = directory;
  for (const auto& [name, file] : manifest.as_object()) {
    if (!file.is_string()) return fail(Kind::invalid, "bad_manifest", {}, path.string());
    assets.names_.emplace_back(name, std::string(file.as_string()));
  }
  return assets;
}

Url Assets::url(std::string_view name) const {
  const auto found = std::find_if(names_.begin(), names_.end(),
                                  [&](const auto& entry) { return entry.first == name; });
  MINBEN_ASSERT(found != names_.end());
  return Url::path({"static", found->second});
}

net::Route Assets::route() const {
  // Only names of the manifest are served, so no path can lead out of the directory. The name holds
  // the content's hash: it is its own entity tag and never goes stale.
  auto serve = [directory = directory_, names = names_](net::Request& request) {
    const std::string_view wanted = request.parameter("file");
    const auto found = std::find_if(names.begin(), names.end(),
                                    [&](const auto& entry) { return entry.second == wanted; });
    if (found == names.end())
      return net::Response::problem(error_of(Kind::not_found, "no_such_file"));
    const std::string tag = "\"" + found->second + "\"";
    net::Response response =
        request.headers.get("If-None-Match") == tag
            ? not_modified(tag)
            : net::Response::send_file(directory / found->second, media_type(found->second));
    response.headers.set("ETag", tag);
    response.headers.set("Cache-Control", "public, max-age=31536000, immutable");
    return response;
  };
  return {net::Method::get, "/static/{file}", access::anyone, 0, serve};
}

}  // namespace minben::page
