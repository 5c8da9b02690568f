#pragma once

/// @file
/// Cleaning and cutting of the texts in imported files. All texts are valid UTF-8. White space and
/// letters are those of ASCII.

#include <cstddef>
#include <string>
#include <string_view>

namespace threatatlas::imports {

bool is_white(char c);
char to_lower(char c);

/// Without white space at both ends; a view of `text`.
std::string_view trimmed(std::string_view text);
/// CR LF and CR as LF, and no other control character but tabs.
std::string without_controls(std::string_view text);
/// HTML as text: tags of elements that format text are dropped, references such as "&lt;" become
/// characters. Other tags, such as <script>, stay: they are what a threat is about.
std::string without_html(std::string_view text);
/// White space as single blanks, none at the ends.
std::string on_one_line(std::string_view text);

/// True if `text` has more than `points_max` code points.
bool is_longer(std::string_view text, std::size_t points_max);
/// Cuts a text with more than `points_max` code points (at least 1) behind a word and appends an
/// ellipsis: the result has at most `points_max`.
std::string cut_at_word(std::string_view text, std::size_t points_max);

/// The bytes that `text` takes in a line of the log, where JSON escapes some characters.
std::size_t line_bytes(std::string_view text);
/// The number of code points at the head of `text` that take at most `bytes_max` bytes in a line.
std::size_t points_within(std::string_view text, std::size_t bytes_max);

}  // namespace threatatlas::imports
