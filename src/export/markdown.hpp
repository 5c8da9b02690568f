#pragma once

/// @file
/// Markdown as rendered by GitHub, GitLab and their wikis (GitHub Flavored Markdown).

#include <memory>
#include <string>

#include "export/document.hpp"

namespace threatatlas::exports {

/// A document that appends to `out`, which must outlive it. Texts of the model are escaped: they
/// are never read as markup, links or mentions.
std::unique_ptr<Document> markdown_document(std::string& out);

}  // namespace threatatlas::exports
