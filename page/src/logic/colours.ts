/** The colour of each expression, the same in bars, overlay and timelines as in reports and plots: src/mimik/colours.py. */
export const EXPRESSION_COLOURS: Record<string, string> = {
  happy: "#ce7c1e",
  surprise: "#1d757c",
  neutral: "#858785",
  sad: "#327ef4",
  fear: "#ab76a9",
  angry: "#d01a0c",
  disgust: "#5e9d6c",
  contempt: "#83624f",
  calm: "#5946ff",
  bored: "#bc28b1",
};

/** Of a face or voice whose expression is uncertain or wasn't read, and of expressions that have none of their own. */
export const OTHER_COLOUR = "#6f7275";

const CLASS_COLOURS = Object.entries(EXPRESSION_COLOURS).flatMap(([name, colour]) => (name === "neutral" ? [] : [colour]));

/** Of a class of another task, by its number from 0; they come again after the ninth. */
export const classColour = (number: number) => CLASS_COLOURS[number % CLASS_COLOURS.length] ?? OTHER_COLOUR;

export const expressionColour = (name: string | undefined) => EXPRESSION_COLOURS[name ?? ""] ?? OTHER_COLOUR;
