"""What the comparison of notebooks notices, on notebooks made for it."""

import base64
import io
import unittest

import numpy
from nbformat import v4
from PIL import Image

import notebooks


class Unfit(unittest.TestCase):
    def test_a_clean_output_is_fit(self):
        self.assertEqual(unfit(text("42 rows")), [])

    def test_a_place_of_this_machine(self):
        self.assertIn("a place of this machine: /lakes/mine", unfit(text("read /lakes/mine/current.json"))[0])

    def test_an_address_of_memory(self):
        self.assertIn("0x7f1200aa", unfit(text("<Axes at 0x7f1200aa>"))[0])

    def test_a_warning(self):
        self.assertIn("warns: Glyph missing", unfit(v4.new_output("stream", name="stderr", text="Glyph missing"))[0])

    def test_an_empty_picture(self):
        self.assertIn("is empty", unfit(picture(numpy.zeros((40, 40))))[0])

    def test_a_picture_with_something_in_it(self):
        self.assertEqual(unfit(picture(waves(0))), [])


class Differences(unittest.TestCase):
    def test_the_same(self):
        self.assertEqual(differences([text("a"), picture(waves(0))], [text("a"), picture(waves(0))]), [])

    def test_another_line(self):
        found = differences([text("a\nb")], [text("a\nc")])
        self.assertEqual(found, ["cell 1, text/plain: 'b' is committed, 'c' came"])

    def test_a_line_more(self):
        self.assertIn("'' is committed, 'b' came", differences([text("a")], [text("a\nb")])[0])

    def test_an_output_less(self):
        self.assertIn("are committed", differences([text("a"), text("b")], [text("a")])[0])

    def test_another_picture(self):
        self.assertIn("pixels differ", differences([picture(waves(0))], [picture(waves(9))])[0])

    def test_a_picture_of_another_size(self):
        self.assertIn("came", differences([picture(waves(0))], [picture(waves(0)[:20])])[0])

    def test_a_hardly_different_picture_is_the_same(self):
        self.assertEqual(differences([picture(waves(0))], [picture(waves(0) + 3)]), [])


def text(words):
    return v4.new_output("execute_result", data={"text/plain": words})


def picture(grey):
    buffer = io.BytesIO()
    Image.fromarray(grey.astype("uint8")).save(buffer, "PNG")
    return v4.new_output("display_data", data={"image/png": base64.b64encode(buffer.getvalue()).decode()})


def waves(shift):
    return numpy.add.outer(numpy.arange(40) * 3, (numpy.arange(40) + shift) * 11) % 240


def notebook(outputs):
    return v4.new_notebook(cells=[v4.new_code_cell("", outputs=outputs)])


def unfit(output):
    return list(notebooks.unfit(notebook([output]), "/lakes/mine"))


def differences(committed, ran):
    return list(notebooks.differences(notebook(committed), notebook(ran)))


if __name__ == "__main__":
    unittest.main()
