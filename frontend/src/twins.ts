/** What only the page of photos that look alike loads. */
import "./styles/twins.css";
import { takeTwinKeys } from "./ui/twinkeys";

const twins = document.querySelector<HTMLElement>("[data-twins]");
if (twins) takeTwinKeys(twins);
